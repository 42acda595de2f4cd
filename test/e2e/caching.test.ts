/** What is kept of products' answers, as consumers, operators and domain teams meet it: by the command, in processes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CacheStats } from "../../cli/mesh/cache/cache-stats.ts";
import { type Command, runCommand, startCommand } from "./command.ts";
import { createTinyMesh, partsManifest, type TinyMesh, thingsManifest } from "./tiny-mesh.ts";

const colour = `{ thing(thingId: "a") { colour } }`;
const parts = `{ parts { nodes { partId thing { colour } } } }`;

/** Long enough that nothing in a test ends by itself; looked at for changes once a second. */
const keptThings = thingsManifest
  .replace("mode: snapshot", 'mode: snapshot\n      schedule: "* * * * * *"')
  .replace("name: things\n", "name: things\n      cache: 1h\n");
const keptParts = partsManifest.replace("name: parts\n", "name: parts\n      cache: 1h\n");

async function createKeptMesh(): Promise<TinyMesh> {
  const tiny = await createTinyMesh();
  await tiny.write("subgraphs/things/product.yaml", keptThings);
  await tiny.write("subgraphs/parts/product.yaml", keptParts);
  return tiny;
}

interface Asked {
  readonly age: number | undefined;
  readonly text: string;
}

async function ask(url: string, query: string): Promise<Asked> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    // A connection of its own, so that every worker is asked.
    headers: { "content-type": "application/json", connection: "close" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { readonly data?: unknown; readonly errors?: unknown };
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  const age = response.headers.get("age");
  return { age: age === null ? undefined : Number(age), text: JSON.stringify(data) };
}

const texts = async (url: string, query: string, count = 4): Promise<ReadonlySet<string>> =>
  new Set((await Promise.all(Array.from({ length: count }, () => ask(url, query)))).map(({ text }) => text));

const things = (colours: Readonly<Record<string, string>>): string =>
  ["thing_id,colour,email", ...Object.entries(colours).map(([id, it]) => `${id},${it},${id}@example.com`), ""].join(
    "\n",
  );

describe.each([{ processes: "one process", args: [] }])("a mesh in $processes", ({ args }) => {
  const workers = args.length === 0 ? 0 : 2;
  let tiny: TinyMesh;
  let mesh: Command;
  let url: string;
  beforeAll(async () => {
    tiny = await createKeptMesh();
    mesh = startCommand(["start", ...args], { cwd: tiny.folder });
    url = await mesh.url();
  });
  afterAll(async () => {
    await mesh?.[Symbol.asyncDispose]();
    await tiny?.[Symbol.asyncDispose]();
  });

  const run = (...words: readonly string[]) => runCommand(["cache", ...words], { cwd: tiny.folder });
  const stats = async (): Promise<CacheStats> => JSON.parse((await run("stats", "--json")).stdout) as CacheStats;

  it("keeps what its products allow, says how old it is, and counts that it did", async () => {
    expect(await texts(url, colour)).toEqual(new Set(['{"thing":{"colour":"red"}}']));
    await expect.poll(async () => (await ask(url, colour)).age, { timeout: 10_000 }).toBeGreaterThan(0);
    const { products, answers } = await stats();
    expect(answers.hits).toBeGreaterThan(0);
    expect(products).toMatchObject([
      { product: "things", entries: Math.max(1, workers), stores: { stored: expect.any(Number) } },
    ]);
  });

  it("answers what changed within moments after a product has published it", async () => {
    expect(await texts(url, parts)).toEqual(
      new Set([expect.stringContaining('"partId":"3","thing":{"colour":"blue"}')]),
    );
    await tiny.write("subgraphs/things/things.csv", things({ a: "green", b: "black" }));
    await expect
      .poll(() => texts(url, colour, 8), { timeout: 15_000, interval: 200 })
      .toEqual(new Set(['{"thing":{"colour":"green"}}']));
    expect(await texts(url, parts)).toEqual(
      new Set([expect.stringContaining('"partId":"3","thing":{"colour":"black"}')]),
    );
    expect((await stats()).invalidations.byCause.event).toBeGreaterThan(0);
  });

  it("ends what a reloaded product had answered before", async () => {
    await texts(url, colour);
    const before = mesh.output().length;
    await tiny.write("subgraphs/things/transform.sql", "select thing_id, upper(colour) as colour, email from rows\n");
    mesh.kill("SIGHUP");
    await mesh.prints(/ {2}reloaded.*\n/, before);
    expect(await texts(url, colour)).toEqual(new Set(['{"thing":{"colour":"GREEN"}}']));
  });

  it("tells what is kept, and why, in words", async () => {
    await texts(url, colour);
    const { code, stdout } = await run("stats");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^things +\d/m);
    const explained = await run("explain", colour);
    expect(explained.stdout).toContain(
      "things  Query { thing }\n  kept       yes: @cacheControl of Thing\n  for        1 h",
    );
    expect(explained.stdout).toMatch(/now {8}\d+ in the process, the oldest from \d+ s ago/);
  });

  it("ends what an operator purges, and says who has heard of it", async () => {
    await texts(url, colour);
    expect((await stats()).answers.entries).toBeGreaterThan(0);
    const purged = await run("purge", "--entity", "Thing", "--key", '{"thingId":"a"}');
    expect(purged).toMatchObject({
      code: 0,
      stdout: `purged the Thing with this key, and what is made from several rows; acknowledged by ${workers === 0 ? "0 other processes" : "1 other process"}\nnobody uses any of it any more\n`,
    });
    const unknown = await run("purge", "--type", "Thnig");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("CACHE_TARGET_UNKNOWN")]);
  });

  it("says so when it no longer runs", async () => {
    mesh.kill("SIGTERM");
    await mesh.ended;
    for (const words of [["stats"], ["explain", colour], ["purge", "--all"]]) {
      const { code, stderr } = await run(...words);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/no gateway of .* runs here .*\(CACHE_UNREACHABLE\)/)]);
    }
  });
});
