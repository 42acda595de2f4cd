import { describe, expect, it } from "vitest";
import { inProcess, link, subgraphOf } from "../fixtures/shop.fixture.ts";
import { silentLogger } from "../observability/logger.ts";
import { createSharedSupergraph, type Followers } from "./shared-supergraph.ts";
import type { SubgraphSource, SupergraphSource } from "./source.ts";

const composed = (...subgraphs: SubgraphSource[]): SupergraphSource => ({ kind: "subgraphs", subgraphs });
const shop = (fields: string): SubgraphSource =>
  inProcess(subgraphOf("shop", `${link} type Query { ${fields} }`, { Query: {} }));

/** What they were asked, in order; `refuses` is why they cannot build. */
function listening(): { readonly followers: Followers<string>; readonly asked: string[]; refuses?: string } {
  const asked: string[] = [];
  const all = {
    asked,
    refuses: undefined as string | undefined,
    followers: {
      async prepare({ number, rules }) {
        asked.push(`prepare ${number} ${rules}`);
        if (all.refuses !== undefined) throw new Error(all.refuses);
      },
      commit: async ({ number }) => void asked.push(`commit ${number}`),
      release: async ({ number }) => void asked.push(`release ${number}`),
    } satisfies Followers<string>,
  };
  return all as ReturnType<typeof listening>;
}

async function started(source: SupergraphSource) {
  const all = listening();
  const { followers } = all;
  const shared = await createSharedSupergraph({ source, rules: "r1", followers, logger: silentLogger });
  return { all, shared };
}

describe("a shared supergraph", () => {
  it("is built by all, then swapped in by all, then the old one is let go; unchanged, nobody is asked", async () => {
    const source = composed(shop("a: Int"));
    const { all, shared } = await started(source);
    expect(await shared.reload({ source })).toMatchObject({ kind: "unchanged" });
    expect(await shared.reload({ source: composed(shop("a: Int b: Int")) })).toMatchObject({
      kind: "swapped",
      generation: 2,
    });
    expect(await shared.reload({ govern: "r2" })).toMatchObject({ kind: "swapped", generation: 3 });
    expect(shared.current()).toMatchObject({ number: 3, rules: "r2" });
    await shared.close();
    expect(all.asked).toEqual([
      "prepare 1 r1",
      "commit 1",
      "prepare 2 r1",
      "commit 2",
      "release 1",
      "prepare 3 r2",
      "commit 3",
      "release 2",
      "release 3",
    ]);
  });

  it("stays as it is when somebody cannot build the next one, says why, and gives no number away", async () => {
    const { all, shared } = await started(composed(shop("a: Int")));
    all.refuses = "worker 2: no memory";
    expect(await shared.reload({ source: composed(shop("b: Int")) })).toMatchObject({
      kind: "failed",
      reason: "worker 2: no memory",
    });
    expect(shared.health([])).toMatchObject({
      ready: true,
      generation: { number: 1 },
      lastReloadFailure: { reason: "worker 2: no memory" },
    });
    delete all.refuses;
    expect(await shared.reload({ source: composed(shop("b: Int")) })).toMatchObject({ generation: 2 });
    expect(shared.health([]).lastReloadFailure).toBeUndefined();
    expect(all.asked.slice(2)).toEqual(["prepare 2 r1", "release 2", "prepare 2 r1", "commit 2", "release 1"]);
    await shared.close();
  });

  it("does not start when it cannot be built, and lets go of it", async () => {
    const all = listening();
    all.refuses = "nobody can";
    const { followers } = all;
    const starting = createSharedSupergraph({
      source: composed(shop("a: Int")),
      rules: "r1",
      followers,
      logger: silentLogger,
    });
    await expect(starting).rejects.toThrow("nobody can");
    expect(all.asked).toEqual(["prepare 1 r1", "release 1"]);
  });

  it("tells the last word on each subgraph, whoever heard it", async () => {
    const { shared } = await started(composed(shop("a: Int")));
    const at = (seconds: number): Date => new Date(seconds * 1_000);
    const known = (...words: Parameters<typeof shared.health>[0]) => shared.health(words).subgraphs;
    expect(known([], [{ name: "shop", state: "unknown" }])).toEqual([{ name: "shop", state: "unknown" }]);
    expect(
      known(
        [{ name: "shop", state: "down", at: at(2), reason: "timeout" }],
        [{ name: "shop", state: "up", at: at(1) }],
      ),
    ).toEqual([{ name: "shop", state: "down", at: at(2), reason: "timeout" }]);
    expect(
      known(
        [{ name: "shop", state: "down", at: at(2), reason: "timeout" }],
        [{ name: "shop", state: "up", at: at(3) }],
      ),
    ).toEqual([{ name: "shop", state: "up", at: at(3) }]);
    expect(
      known(
        [{ name: "shop", state: "up", at: at(1), circuit: "half-open" }],
        [{ name: "shop", state: "unknown", circuit: "open" }],
        [{ name: "shop", state: "unknown" }],
      ),
    ).toEqual([{ name: "shop", state: "up", at: at(1), circuit: "open" }]);
    await shared.close();
  });
});
