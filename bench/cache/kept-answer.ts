/** One answer with its headers, looked at before anything is measured. */
import { isDeepStrictEqual } from "node:util";
import type { Answer } from "../peers/client.ts";
import { readData } from "../peers/expectation.ts";

export interface AnswerWithHeaders extends Answer {
  readonly headers: Headers;
}

/** Over a connection of its own. */
export async function askOnce(
  url: string,
  body: string,
  further: Readonly<Record<string, string>> = {},
): Promise<AnswerWithHeaders> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...further },
    body,
  });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Throws unless both have the same data, in whatever order their fields are. */
export function assertSameData(who: string, answer: Answer, expected: Answer): void {
  if (isDeepStrictEqual(readData(who, answer), readData("the gateway that keeps nothing", expected))) return;
  throw new Error(`${who} answers otherwise than the gateway that keeps nothing`);
}
