/** The tiny mesh with products that say how long their answers may be kept, and how tests ask it. */
import { partsManifest, type TinyMesh, thingsManifest } from "./tiny-mesh.ts";

/** Long enough that nothing in a test ends by itself; looked at for changes once a second. */
const keptThings = thingsManifest
  .replace("mode: snapshot", 'mode: snapshot\n      schedule: "* * * * * *"')
  .replace("name: things\n", "name: things\n      cache: 1h\n");
const keptParts = partsManifest.replace("name: parts\n", "name: parts\n      cache: 1h\n");

export async function keepAnswers(tiny: TinyMesh): Promise<void> {
  await tiny.write("subgraphs/things/product.yaml", keptThings);
  await tiny.write("subgraphs/parts/product.yaml", keptParts);
}

/** What the product `things` reads: colours by id. */
export async function writeThings(tiny: TinyMesh, colours: Readonly<Record<string, string>>): Promise<void> {
  const rows = Object.entries(colours).map(([id, colour]) => `${id},${colour},${id}@example.com`);
  await tiny.write("subgraphs/things/things.csv", ["thing_id,colour,email", ...rows, ""].join("\n"));
}

export interface Asked {
  /** Of the header. */
  readonly age: number | undefined;
  /** The data, as JSON. */
  readonly text: string;
}

/** Over a connection of its own, so that every worker is asked in turn. Throws what is wrong with the answer. */
export async function ask(url: string, query: string, headers: Readonly<Record<string, string>> = {}): Promise<Asked> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close", ...headers },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { readonly data?: unknown; readonly errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  const age = response.headers.get("age");
  return { age: age === null ? undefined : Number(age), text: JSON.stringify(data) };
}

/** What so many get who ask at a time. */
export async function textsOf(url: string, query: string, count = 8): Promise<ReadonlySet<string>> {
  const asked = await Promise.all(Array.from({ length: count }, () => ask(url, query)));
  return new Set(asked.map(({ text }) => text));
}
