/**
 * Consumers' stories: a query, who asks it, and the whole answer as a person has read it.
 *
 * A folder is a scenario: `query.graphql`, `request.json` (caller, purpose, variables) and `answer.json`, which
 * `vitest -u` writes anew and git shows. What depends on the clock is left out of it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type AskOptions, startExampleMesh, type TestMesh } from "../mesh.ts";

const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await startExampleMesh();
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
});

describe("scenario", () => {
  it.each(folders)("%s", async (folder) => {
    const read = (file: string): string => readFileSync(`${import.meta.dirname}/${folder}/${file}`, "utf8");
    const query = read("query.graphql");
    let answer: Answer | undefined;
    const work = await mesh.work(async () => {
      answer = await mesh.ask(query, JSON.parse(read("request.json")) as AskOptions);
    });
    if (answer === undefined) throw new Error("there is no answer");
    const { status, headers, body } = answer;
    const shown = {
      status,
      ...Object.fromEntries(
        ["deprecation", "sunset"].flatMap((name) => (headers.has(name) ? [[name, headers.get(name)]] : [])),
      ),
      body: { ...body, extensions: withoutTimes(body.extensions) },
      work,
    };
    await expect(`${JSON.stringify(shown, null, 2)}\n`).toMatchFileSnapshot(
      `${import.meta.dirname}/${folder}/answer.json`,
    );
  });
});

/** The products' versions stay; when they were published does not. */
function withoutTimes(extensions: Answer["body"]["extensions"]): Readonly<Record<string, unknown>> {
  const { products, ...others } = extensions ?? {};
  const versions = Object.entries((products ?? {}) as Readonly<Record<string, { readonly version: string }>>);
  return { ...others, products: Object.fromEntries(versions.map(([name, { version }]) => [name, version]).sort()) };
}
