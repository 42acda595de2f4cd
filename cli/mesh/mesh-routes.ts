/** What the server answers beside `/graphql` and health: metrics and the console. */
import { readFile } from "node:fs/promises";
import {
  createConsoleRoutes,
  type ExampleQuery,
  type Gateway,
  readExampleQuery,
  readSchemaFacts,
  type SchemaFacts,
} from "#gateway";
import { onlyGet, type Route } from "#http";
import type { Finding } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import { expand } from "./expand.ts";

/** `/metrics`, and `/` with its files unless the configuration switches the console off. */
export async function meshRoutes(
  gateway: Pick<Gateway, "metrics" | "supergraph">,
  config: Pick<MeshConfig, "console" | "folder" | "gateway"> | undefined,
  onFindings: (findings: readonly Finding[]) => void,
): Promise<readonly Route[]> {
  const metrics = metricsRoute(() => gateway.metrics());
  if (config?.console.enabled === false) return [metrics];
  const examples = config === undefined ? [] : await readExamples(config, onFindings);
  // Who may not ask for the schema is not told about it here either.
  if (config?.gateway.introspection === false) return [metrics, ...createConsoleRoutes({ examples })];
  return [metrics, ...createConsoleRoutes({ examples, facts: createFacts(gateway) })];
}

/** `/metrics`: a page that nobody keeps. */
export function metricsRoute(read: Gateway["metrics"]): Route {
  return {
    path: "/metrics",
    handler: onlyGet(async () => {
      const { contentType, body } = await read();
      return { status: 200, headers: { "content-type": contentType, "cache-control": "no-store" }, body };
    }),
  };
}

/** What the directives of the current supergraph say, read once for each. */
function createFacts(gateway: Pick<Gateway, "supergraph">): () => SchemaFacts {
  let known: { readonly supergraph: string | undefined; readonly facts: SchemaFacts } | undefined;
  return () => {
    const supergraph = gateway.supergraph();
    if (known === undefined || known.supergraph !== supergraph) {
      const facts = supergraph === undefined ? { products: [], coordinates: {} } : readSchemaFacts(supergraph);
      known = { supergraph, facts };
    }
    return known.facts;
  };
}

/** In the order of the files' names. One that cannot be read is left out and told. */
async function readExamples(
  { console: { examples }, folder }: Pick<MeshConfig, "console" | "folder">,
  onFindings: (findings: readonly Finding[]) => void,
): Promise<readonly ExampleQuery[]> {
  const read = await Promise.all(
    (await expand(examples, folder)).map(async (file) => readExampleQuery(await readFile(file, "utf8"), file)),
  );
  onFindings(read.flatMap(({ findings }) => findings));
  return read.flatMap(({ value }) => value ?? []);
}
