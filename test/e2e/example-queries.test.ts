/** Every example of the console and every query in a product's README runs and gives rows. */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startExampleMesh, type TestMesh } from "../mesh.ts";

const subgraphs = new URL("../../subgraphs/", import.meta.url);
const examples = readdirSync(new URL("examples/", subgraphs)).filter((file) => file.endsWith(".graphql"));
const readmes = readdirSync(subgraphs, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "examples")
  .map(({ name }) => name);

let mesh: TestMesh;

beforeAll(async () => {
  mesh = await startExampleMesh();
});

afterAll(async () => {
  await mesh?.[Symbol.asyncDispose]();
});

describe("the console's examples", () => {
  it("are six to nine, cross-domain first", () => {
    expect(examples.length).toBeGreaterThanOrEqual(6);
    expect(examples.length).toBeLessThanOrEqual(9);
    expect(read(examples[0] ?? "").title).toBe("An order across five domains");
  });

  it.each(examples)("%s has a title and a description and gives rows", async (file) => {
    const { title, description, query } = read(file);
    expect(title).not.toBe("");
    expect(description.length).toBeGreaterThan(40);
    const { status, body } = await mesh.ask(query);
    expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
    expect(emptyPlaces(body.data)).toEqual([]);
  });

  function read(file: string): {
    title: string;
    description: string;
    query: string;
  } {
    const query = readFileSync(new URL(`examples/${file}`, subgraphs), "utf8");
    const comment = (name: string): string => new RegExp(`^# ${name}: (.*)$`, "m").exec(query)?.[1] ?? "";
    return {
      title: comment("title"),
      description: comment("description"),
      query,
    };
  }
});

describe("the query in a product's README", () => {
  it.each(readmes)("subgraphs/%s/README.md gives rows", async (folder) => {
    const readme = readFileSync(new URL(`${folder}/README.md`, subgraphs), "utf8");
    const queries = [...readme.matchAll(/```graphql\n(.*?)```/gs)].map(([, query]) => query ?? "");
    expect(queries.length).toBeGreaterThan(0);
    for (const query of queries) {
      const { status, body } = await mesh.ask(query);
      expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
      expect(emptyPlaces(body.data)).toEqual([]);
    }
  });
});

/** Root fields of the answer that are null or list nothing: an example that shows nothing explains nothing. */
function emptyPlaces(data: Readonly<Record<string, unknown>> | null | undefined): readonly string[] {
  return Object.entries(data ?? { data: null }).flatMap(([field, value]) => {
    if (value === null) return [field];
    if (Array.isArray(value)) return value.length === 0 ? [field] : [];
    const { nodes, edges } = value as { nodes?: readonly unknown[]; edges?: readonly unknown[] };
    return (nodes ?? edges)?.length === 0 ? [field] : [];
  });
}
