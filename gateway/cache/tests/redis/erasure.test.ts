/** After a person was forgotten nothing of that person is in the Redis; everything of others is, and the receipt counts. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createKeyRing } from "#policies";
import { redis } from "../../../../test/services.ts";
import type { CachedGateway } from "../../../fixtures/cached-gateway.fixture.ts";
import { type Persons, persons } from "./persons.fixture.ts";
import { openSharedRedis, type SharedRedis } from "./shared-redis.fixture.ts";

const service = await redis();

const masterKey = (id: string) => ({ id, createdAt: new Date(0), secret: randomBytes(32) });

describe.skipIf(service.missing !== undefined)(`forgetting a person in ${service.missing ?? "a Redis"}`, () => {
  const data: Persons = persons();
  const first = masterKey("k1");
  const keys = createKeyRing([first]);
  let shared: SharedRedis;
  let one: CachedGateway;
  let other: CachedGateway;
  beforeAll(async () => {
    shared = await openSharedRedis(service.url);
    const config = { subgraphs: data.subgraphs, cacheKeys: keys };
    one = await shared.open(config);
    other = await shared.open(config);
  });
  afterAll(() => shared?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    keys.replace([first]);
    for (const gateway of [one, other]) await gateway.reset();
    await shared.removeEntries();
  });

  const ask = async (gateway: CachedGateway, query: string, variables = {}): Promise<unknown> => {
    const answer = await gateway.ask(query, { variables });
    expect(answer.errors).toEqual([]);
    return answer.data;
  };
  const account = "query($id: ID!) { person(id: $id) { id name account { nickname } } }";
  /** Of each person: the person with the address of the account, and the account. */
  const keepAll = async (): Promise<void> => {
    for (const id of data.persons.keys()) for (const gateway of [one, other]) await ask(gateway, account, { id });
  };
  const forget = (id: string, email: string) =>
    one.gateway.cache?.forget([
      ["persons.id", id],
      ["persons.email", email],
    ]);

  it("removes and counts all entries of that person, and no other", async () => {
    await ask(one, "{ offices { city } }");
    await keepAll();
    const before = await shared.untilStored(1 + 3 + 3);
    const [, bob] = [...data.persons.values()];
    if (bob === undefined) throw new Error("there are three");
    const forgotten = await forget(bob.id, bob.email);
    // The same in two processes, and whole answers of both.
    expect(forgotten).toEqual({ isComplete: true, shared: 2, copies: 2 * 3 });
    const after = await shared.keysOf("e");
    expect(after).toHaveLength(before.length - 2);
    expect(before).toEqual(expect.arrayContaining([...after]));
    for (const gateway of [one, other]) {
      for (const id of ["p1", "p3"]) {
        expect(await gateway.asked(() => ask(gateway, account, { id }))).toEqual([]);
      }
    }
    expect(await other.asked(() => ask(other, account, { id: bob.id }))).toEqual(["accounts", "persons"]);
    expect(await one.asked(() => ask(one, account, { id: bob.id }))).toEqual([]);
  });

  it("leaves nothing to find a second time", async () => {
    await keepAll();
    await shared.untilStored(6);
    await forget("p1", "ada.lovelace@mail.example");
    expect(await forget("p1", "ada.lovelace@mail.example")).toEqual({ isComplete: true, shared: 0, copies: 0 });
    expect(await forget("nobody", "nobody@mail.example")).toEqual({ isComplete: true, shared: 0, copies: 0 });
    expect(await shared.keysOf("e")).toHaveLength(4);
  });

  it("removes a list that holds the person among others", async () => {
    await ask(one, "{ persons { id name } }");
    await ask(one, "{ offices { city } }");
    await shared.untilStored(2);
    expect(await forget("p3", "")).toMatchObject({ isComplete: true, shared: 1 });
    const [left = ""] = await shared.untilStored(1);
    expect(String(await shared.admin.get(left))).toContain("Lyon");
  });

  it("removes what is personal but does not tell whose it is", async () => {
    await ask(one, "{ persons { name } }");
    await shared.untilStored(1);
    expect(await forget("p1", "")).toMatchObject({ isComplete: true, shared: 1 });
    await shared.untilStored(0);
  });

  it("removes what was sealed with former keys, too", async () => {
    await keepAll();
    await shared.untilStored(6);
    keys.replace([first, masterKey("k2")]);
    for (const gateway of [one, other]) await gateway.reset();
    await keepAll();
    await shared.untilStored(12);
    expect(await forget("p1", "ada.lovelace@mail.example")).toMatchObject({ isComplete: true, shared: 4 });
    expect(await shared.keysOf("e")).toHaveLength(8);
  });

  it("leaves nothing of what is fetched while it runs, where what changed was told before", async () => {
    const { persons: all } = data;
    const ada = all.get("p1");
    if (ada === undefined) throw new Error("there is one");
    const name = ada.name;
    for (let round = 0; round < 10; round++) {
      const read = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      other.behave("persons", async (_, answer) => {
        const early = await answer();
        read.resolve();
        await gate.promise;
        return early;
      });
      const asking = ask(other, account, { id: "p1" });
      await read.promise;
      ada.name = "erased";
      await one.gateway.cache?.invalidate({
        cause: "event",
        what: [
          { kind: "entity", type: "Person", key: { id: "p1" } },
          { kind: "entity", type: "Account", key: { email: ada.email } },
        ],
      });
      // It is written before, while or after what is noted is removed.
      const writing = new Promise((resolve) => setTimeout(resolve, 5 * Math.random())).then(() => gate.resolve());
      const forgotten = await forget("p1", ada.email);
      expect(forgotten).toMatchObject({ isComplete: true });
      await Promise.all([writing, asking]);
      other.behave("persons", undefined);
      await expect.poll(async () => (await shared.keysOf("e")).filter((key) => key.includes("{persons."))).toEqual([]);
      expect(await ask(one, account, { id: "p1" })).toMatchObject({ person: { name: "erased" } });
      ada.name = name;
      for (const gateway of [one, other]) await gateway.reset();
      await shared.removeEntries();
    }
  });
});
