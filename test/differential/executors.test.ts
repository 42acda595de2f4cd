/** The two executors answer the example mesh's queries alike, for callers who see different things. */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fourDomainQuery } from "../e2e/four-domains.ts";
import { type AskOptions, repository, startExampleMesh, type TestMesh } from "../mesh.ts";

const examples = globSync("subgraphs/examples/*.graphql", { cwd: repository }).sort();
const callers: readonly (readonly [string, AskOptions])[] = [
  ["nobody", {}],
  ["customer care with its purpose", { as: "customer-care", purpose: "customer-care" }],
];

let reference: TestMesh;
let compiled: TestMesh;
beforeAll(async () => {
  [reference, compiled] = await Promise.all([
    startExampleMesh({ executor: "reference", keepsNothing: true }),
    startExampleMesh({ executor: "compiled", keepsNothing: true }),
  ]);
});
afterAll(async () => {
  await reference?.[Symbol.asyncDispose]();
  await compiled?.[Symbol.asyncDispose]();
});

/** Everything but when the data were published, which is each mesh's own. */
async function answer(mesh: TestMesh, query: string, options: AskOptions): Promise<unknown> {
  const { status, headers, body } = await mesh.ask(query, options);
  const { products, ...extensions } = body.extensions ?? {};
  return {
    status,
    deprecation: headers.get("deprecation"),
    sunset: headers.get("sunset"),
    body: { ...body, extensions },
    products: Object.keys(products ?? {}),
  };
}

describe.each(callers)("for %s", (_caller, options) => {
  it.each(examples)("%s has one answer", async (file) => {
    const query = await readFile(join(repository, file), "utf8");
    const expected = await answer(reference, query, options);
    expect(expected).toMatchObject({ status: 200 });
    expect(await answer(compiled, query, options)).toEqual(expected);
  });
});

it("the compiled executor asks no subgraph more often than the reference", async () => {
  const question = { variables: { first: 50 } };
  expect(await answer(compiled, fourDomainQuery, question)).toEqual(await answer(reference, fourDomainQuery, question));
  const byReference = await reference.work(() => reference.ask(fourDomainQuery, question));
  const byCompiled = await compiled.work(() => compiled.ask(fourDomainQuery, question));
  const total = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((sum, count) => sum + count, 0);
  expect(total(byCompiled.requests)).toBeGreaterThan(0);
  expect(total(byCompiled.requests)).toBeLessThanOrEqual(total(byReference.requests));
});
