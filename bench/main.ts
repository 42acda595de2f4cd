/**
 * `npm run bench`: what one query over four domains costs.
 * In: the command line. Out: a report. Next: `measure.ts`.
 */
import { measure } from "./measure.ts";
import { type BenchOptions, help, readOptions } from "./options.ts";
import { printReport } from "./print-report.ts";
import { writeResults } from "./write-results.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions | undefined;
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
  const report = await measure(options, (line) => console.error(line));
  console.log(options.json ? JSON.stringify(report, undefined, 2) : printReport(report));
  if (options.write) await writeResults(report);
  return 0;
}
