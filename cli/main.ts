#!/usr/bin/env node
/** The `datamesh` command. What comes in: arguments. What goes out: an exit code. Next: `program.ts`. */
import { enableCompileCache } from "node:module";
import { boundHeap } from "./heap.ts";

// All before anything else is loaded: compiled code is kept between runs, and @apollo/gateway reports to nobody.
boundHeap();
enableCompileCache();
process.env.APOLLO_TELEMETRY_DISABLED = "true";

const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2));
