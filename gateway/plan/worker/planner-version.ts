import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { extname } from "node:path";

/** The folder of everything that decides what a plan looks like. */
const folder = new URL("../", import.meta.url);

/**
 * A hash of the planner's packages' versions and of our own planning code: a plan that was kept by an older program is never
 * taken for one of this program. A build and its sources differ by it.
 */
export function readPlannerVersion(): string {
  const require = createRequire(import.meta.url);
  const hash = createHash("sha256");
  for (const name of ["@apollo/query-planner", "@apollo/federation-internals", "graphql"]) {
    const { version } = require(`${name}/package.json`) as { readonly version: string };
    hash.update(`${name}@${version}\n`);
  }
  const own = extname(import.meta.url.replace(/\?.*$/s, ""));
  const files = readdirSync(folder).filter((name) => name.endsWith(own) && !name.includes(".test."));
  for (const name of files.sort()) hash.update(name).update(readFileSync(new URL(name, folder)));
  return hash.digest("hex");
}
