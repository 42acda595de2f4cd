/** What is kept of products' answers, as consumers and operators meet it: by the command, in one process and in several. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CacheStats } from "../../cli/mesh/cache/cache-stats.ts";
import { type Command, runCommand, startCommand } from "./command.ts";
import { ask, keepAnswers, textsOf, writeThings } from "./kept-mesh.ts";
import { createTinyMesh, type TinyMesh } from "./tiny-mesh.ts";

const colour = `{ thing(thingId: "a") { colour } }`;
const parts = `{ parts { nodes { partId thing { colour } } } }`;

describe.each([
  { processes: "one process", args: [], others: "0 other processes" },
  { processes: "two workers", args: ["--workers", "2"], others: "1 other process" },
])("a mesh in $processes", ({ args, others }) => {
  let tiny: TinyMesh;
  let mesh: Command;
  let url: string;
  beforeAll(async () => {
    tiny = await createTinyMesh();
    await keepAnswers(tiny);
    await runCommand(["keys", "rotate"], { cwd: tiny.folder });
    mesh = startCommand(["start", ...args], { cwd: tiny.folder });
    url = await mesh.url();
  });
  afterAll(async () => {
    await mesh?.[Symbol.asyncDispose]();
    await tiny?.[Symbol.asyncDispose]();
  });

  const run = (...words: readonly string[]) => runCommand(words, { cwd: tiny.folder });
  const stats = async (): Promise<CacheStats> =>
    JSON.parse((await run("cache", "stats", "--json")).stdout) as CacheStats;

  it("keeps what its products allow, says how old it is, and counts that it did", async () => {
    expect(await textsOf(url, colour)).toEqual(new Set(['{"thing":{"colour":"red"}}']));
    await expect.poll(async () => (await ask(url, colour)).age, { timeout: 10_000 }).toBeGreaterThan(0);
    const { products, answers } = await stats();
    expect(answers.hits).toBeGreaterThan(0);
    expect(products).toMatchObject([{ product: "things", stores: { stored: expect.any(Number) } }]);
  });

  it("answers what changed within moments after a product has published it", async () => {
    expect([...(await textsOf(url, parts))].join()).toContain('"partId":"3","thing":{"colour":"blue"}');
    await writeThings(tiny, { a: "green", b: "black" });
    await expect
      .poll(() => textsOf(url, colour), { timeout: 15_000, interval: 100 })
      .toEqual(new Set(['{"thing":{"colour":"green"}}']));
    const after = await textsOf(url, parts);
    expect([after.size, ...after]).toEqual([1, expect.stringContaining('"partId":"3","thing":{"colour":"black"}')]);
    expect((await stats()).invalidations.byCause.event).toBeGreaterThan(0);
  });

  it("ends what a reloaded product had answered before", async () => {
    await textsOf(url, colour);
    const before = mesh.output().length;
    await tiny.write("subgraphs/things/transform.sql", "select thing_id, upper(colour) as colour, email from rows\n");
    mesh.kill("SIGHUP");
    await mesh.prints(/ {2}reloaded.*\n/, before);
    expect(await textsOf(url, colour)).toEqual(new Set(['{"thing":{"colour":"GREEN"}}']));
  });

  it("ends what an operator purges, and says who has heard of it", async () => {
    await textsOf(url, colour);
    expect((await stats()).answers.entries).toBeGreaterThan(0);
    const purged = await run("cache", "purge", "--entity", "Thing", "--key", '{"thingId":"a"}');
    const what = "the Thing with this key, and what is made from several rows";
    expect([purged.code, purged.stdout]).toEqual([
      0,
      `purged ${what}; acknowledged by ${others}\nnobody uses any of it any more\n`,
    ]);
    const unknown = await run("cache", "purge", "--type", "Thnig");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("CACHE_TARGET_UNKNOWN")]);
  });

  it("forgets a person who is erased, and writes down how much that was", async () => {
    await textsOf(url, `{ thing(thingId: "b") { thingId email } }`);
    const dry = await run("erase", "--subject", "b", "--dry-run");
    expect(JSON.parse(dry.stdout)).toMatchObject({ untold: [], caches: null });
    const { code, stdout, stderr } = await run("erase", "--subject", "b");
    const { caches, untold } = JSON.parse(stdout) as { untold: unknown; caches: { copies: number } };
    expect([code, stderr, untold, caches]).toEqual([
      0,
      "",
      [],
      { copies: expect.any(Number), shared: 0, isComplete: true },
    ]);
    expect(caches.copies).toBeGreaterThan(0);
    expect(await textsOf(url, `{ thing(thingId: "b") { thingId email } }`)).toEqual(new Set(['{"thing":null}']));
  });

  // What is told in words is the same however many processes are asked.
  if (args.length > 0) return;

  it("tells what is kept, and why, in words", async () => {
    await textsOf(url, colour);
    const { code, stdout } = await run("cache", "stats");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^things +\d/m)]);
    const explained = await run("cache", "explain", colour);
    expect(explained.stdout).toMatch(
      /^things {2}Query \{ thing \}\n {2}kept {7}yes: @cacheControl of Thing\n {2}for {8}1 h at most\n/,
    );
    expect(explained.stdout).toContain("the Thing with its key");
    expect(explained.stdout).toMatch(/now {8}\d+ in the process, the oldest from \d+ s ago/);
    await tiny.write("query.graphql", parts);
    const ofFile = await run("cache", "explain", "query.graphql", "--json");
    expect(JSON.parse(ofFile.stdout)).toMatchObject({ answer: { isKept: true }, parts: [{ subgraph: "parts" }, {}] });
  });

  it("says so when it no longer runs, and what an erasure does not reach then", async () => {
    mesh.kill("SIGTERM");
    await mesh.ended;
    const asked = [["stats"], ["explain", colour], ["purge", "--all"]].map((words) => run("cache", ...words));
    for (const { code, stderr } of await Promise.all(asked)) {
      expect([code, stderr]).toEqual([1, expect.stringMatching(/no gateway of .* runs here .*\(CACHE_UNREACHABLE\)/)]);
    }
    const { code, stdout, stderr } = await run("erase", "--subject", "a");
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { untold: [], caches: null }]);
    expect(stderr).toMatch(/no gateway was in reach.*spec\.events\.url names no bus/);
  });
});
