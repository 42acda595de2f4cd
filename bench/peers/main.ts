/**
 * `npm run bench:peers`: datamesh beside other gateways.
 * In: the command line. Out: a report. Next: `install-peers.ts`, `measure.ts`.
 */
import { fileURLToPath } from "node:url";
import { buildPackage } from "../../tools/build.ts";
import { CannotCompare, installPeers } from "./install-peers.ts";
import { measure } from "./measure.ts";
import { help, type PeersOptions, readOptions } from "./options.ts";
import { printReport } from "./print-report.ts";
import { writeResults } from "./write-results.ts";

// Ends with its children, which are ended when it exits.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: PeersOptions | undefined;
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
  const onProgress = (line: string): void => console.error(line);
  try {
    installPeers(options, onProgress);
    await buildPackage(fileURLToPath(new URL("../../dist/", import.meta.url)));
  } catch (error) {
    if (!(error instanceof CannotCompare)) throw error;
    console.error(`bench:peers cannot run: ${error.message}`);
    return 1;
  }
  const report = await measure(
    options,
    ["npm run bench:peers", ...(args.length === 0 ? [] : ["--", ...args])].join(" "),
    onProgress,
  );
  console.log(options.json ? JSON.stringify(report, undefined, 2) : printReport(report));
  if (options.write) await writeResults(report);
  return 0;
}
