/**
 * `npm run bench:cache`: what is spared where something is kept.
 * In: the command line. Out: a report. Next: `measure.ts`, `parts.ts`.
 */
import { CannotCompare } from "../peers/install-peers.ts";
import { measure } from "./measure.ts";
import { type CacheBenchOptions, help, readOptions } from "./options.ts";
import { printReport } from "./print-report.ts";
import { writeResults } from "./write-results.ts";

// Ends with its children, which are ended when it exits.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: CacheBenchOptions | undefined;
  try {
    options = readOptions(args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${help}`);
    return 1;
  }
  if (options === undefined) {
    console.log(help);
    return 0;
  }
  const command = ["npm run bench:cache", ...(args.length === 0 ? [] : ["--", ...args])].join(" ");
  try {
    const report = await measure(options, command, (line) => console.error(line));
    console.log(options.json ? JSON.stringify(report, undefined, 2) : printReport(report));
    if (options.write) await writeResults(report);
    return 0;
  } catch (error) {
    if (!(error instanceof CannotCompare)) throw error;
    console.error(`bench:cache cannot run: ${error.message}`);
    return 1;
  }
}
