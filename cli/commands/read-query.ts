import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { commandError } from "../errors.ts";
import { workingDirectory } from "../working-directory.ts";

/** GraphQL text as it is given; `-` for standard input; anything without a brace is the path of a file. */
export async function readQuery(given: string): Promise<string> {
  if (given === "-") return text(process.stdin);
  if (given.includes("{")) return given;
  try {
    return await readFile(resolve(workingDirectory(), given), "utf8");
  } catch (cause) {
    throw commandError(
      "QUERY_INVALID",
      `"${given}" is no query and no file that can be read: give GraphQL text, a file, or - for standard input`,
      cause,
    );
  }
}

/** An object in JSON, as options give it. */
export function readJsonObject(option: string, given: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(given);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The message below says it for both.
  }
  throw commandError("OPTION_INVALID", `${option} is no JSON object; write one such as '{"id":"1"}'`);
}
