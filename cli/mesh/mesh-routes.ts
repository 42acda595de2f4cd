/** What the server answers beside `/graphql` and health: metrics and the console. */
import { readFile } from "node:fs/promises";
import { createConsoleRoutes, type ExampleQuery, type Gateway, readExampleQuery, readSchemaFacts } from "#gateway";
import { onlyGet, type Route } from "#http";
import type { Finding } from "#schema";
import type { MeshConfig } from "../config/read-config.ts";
import { expand } from "./expand.ts";

/** `/metrics`, and `/` with its files unless the configuration switches the console off. */
export async function meshRoutes(
  gateway: Gateway,
  config: Pick<MeshConfig, "console" | "folder"> | undefined,
  onFindings: (findings: readonly Finding[]) => void,
): Promise<readonly Route[]> {
  const metrics: Route = {
    path: "/metrics",
    handler: onlyGet(async () => {
      const { contentType, body } = await gateway.metrics();
      return { status: 200, headers: { "content-type": contentType, "cache-control": "no-store" }, body };
    }),
  };
  if (config?.console.enabled === false) return [metrics];
  const examples = config === undefined ? [] : await readExamples(config, onFindings);
  const facts = (): ReturnType<typeof readSchemaFacts> => {
    const supergraph = gateway.supergraph();
    return supergraph === undefined ? { products: [], coordinates: {} } : readSchemaFacts(supergraph);
  };
  return [metrics, ...createConsoleRoutes({ examples, facts })];
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
