/** What of persons is found by who reads all of the Redis, or listens to what gateways say there: nothing. */
import { hash, randomBytes } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createKeyRing } from "#policies";
import { redis } from "../../../../test/services.ts";
import { type CachedGateway, user } from "../../../fixtures/cached-gateway.fixture.ts";
import { policyOf } from "../../../fixtures/policy.fixture.ts";
import { createGovern } from "../../../governance/index.ts";
import { entity } from "../../fence/scopes.ts";
import { keyValues } from "../../index.ts";
import { fieldOf } from "../../shared/stored-names.ts";
import { type Persons, persons } from "./persons.fixture.ts";
import { openSharedRedis, type SharedRedis } from "./shared-redis.fixture.ts";

const service = await redis();

const keyRing = () => createKeyRing([{ id: "k1", createdAt: new Date(0), secret: randomBytes(32) }]);

/** Everything that can be asked of persons, but what the law protects most: the data, as text. */
async function askAll({ ask }: CachedGateway, { persons: all }: Persons): Promise<readonly string[]> {
  const answers = [await ask("{ persons { id name email city account { email quota nickname } } }")];
  for (const { id, email } of all.values()) {
    const written = (value: string): string => JSON.stringify(value);
    answers.push(
      await ask("query($id: ID!) { person(id: $id) { name account { quota } } }", { variables: { id } }),
      await ask("query($email: String!) { byEmail(email: $email) { city } }", { variables: { email } }),
      await ask(`{ byEmail(email: ${written(email)}) { id email } }`),
    );
  }
  answers.push(await ask("{ letter { text } }", { as: user("ada.lovelace@mail.example") }));
  answers.push(await ask("{ offices { id city } plans }"));
  for (const { errors } of answers) expect(errors).toEqual([]);
  return answers.map(({ data }) => JSON.stringify(data));
}

/** As somebody would look for it. */
function formsOf(value: string): readonly string[] {
  const bytes = Buffer.from(value);
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value)).slice(3, -3),
    encodeURIComponent(value),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.toString("hex"),
    hash("sha256", value, "hex"),
    hash("sha256", value, "base64url").slice(0, 22),
  ];
}

function found(texts: Iterable<Buffer | string>, values: readonly string[]): readonly string[] {
  const forms = values.flatMap(formsOf).map((form) => Buffer.from(form));
  const hits: string[] = [];
  for (const text of texts) {
    const bytes = Buffer.from(text);
    for (const form of forms) if (bytes.includes(form)) hits.push(`${form} in ${bytes.toString("latin1")}`);
  }
  return hits;
}

async function textsOf(shared: SharedRedis): Promise<readonly (Buffer | string)[]> {
  return [...(await shared.everything())].flatMap(([key, value]) =>
    key.includes("plan:") ? [key, inflateRawSync(value.subarray(16))] : [key, value],
  );
}

describe.skipIf(service.missing !== undefined)(`at rest in ${service.missing ?? "a Redis"}`, () => {
  const data: Persons = persons();
  const config = { subgraphs: data.subgraphs, cacheKeys: keyRing(), govern: createGovern({ policies: [] }) };
  let shared: SharedRedis;
  let one: CachedGateway;
  let other: CachedGateway;
  beforeAll(async () => {
    shared = await openSharedRedis(service.url);
    one = await shared.open(config);
    other = await shared.open(config);
  });
  afterAll(() => shared?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    for (const gateway of [one, other]) await gateway.reset();
    await shared.removeEntries();
  });

  it("everything personal is sealed, and its names are digests", async () => {
    const answers = await askAll(one, data);
    // The list, three accounts with two selections, three persons in three ways, a letter, offices and plans.
    await shared.untilStored(1 + 6 + 9 + 1 + 2);
    const texts = await textsOf(shared);
    expect(found(texts, data.personalValues())).toEqual([]);
    // What is nobody's is there as it is: so something would be found.
    expect(found(texts, ["small"])).not.toEqual([]);
    const asked = await other.asked(async () => expect(await askAll(other, data)).toEqual(answers));
    expect(asked).toEqual([]);
  });

  it("nothing personal can be read in what gateways tell each other", async () => {
    const said = await shared.listen(async () => {
      for (const gateway of [one, other]) await askAll(gateway, data);
      for (const { email, id } of data.persons.values()) {
        const what = [
          { kind: "entity", type: "Account", key: { email } },
          { kind: "entity", type: "Person", key: { id } },
          { kind: "tag", tag: `mail ${email}` },
        ] as const;
        const { isComplete } = await one.invalidator.invalidate({ cause: "event", what });
        expect(isComplete).toBe(true);
        await one.gateway.cache?.forget([["persons.email", email]]);
      }
    });
    expect(said.some((text) => text.includes("notice"))).toBe(true);
    expect(found(said, data.personalValues())).toEqual([]);
    expect(found(await textsOf(shared), data.personalValues())).toEqual([]);
  });

  it("nobody can try out whose account it was that was invalidated", async () => {
    const query = "{ persons { account { quota } } }";
    await one.ask(query);
    await shared.untilStored(1 + data.persons.size);
    const [ada] = [...data.persons.values()];
    if (ada === undefined) throw new Error("there are three");
    const key = { email: ada.email };
    const what = [{ kind: "entity", type: "Account", key, product: "accounts" }] as const;
    expect(await one.invalidator.invalidate({ cause: "event", what })).toMatchObject({ isComplete: true });
    const values = keyValues({ fields: [{ name: "email", fields: undefined }] }, key);
    const guess = fieldOf(entity("accounts", "Account", `email ${values}`), {
      hasPersonalKey: () => false,
      hasPersonalTag: () => false,
    });
    for (const text of await textsOf(shared)) expect(Buffer.from(text).includes(guess)).toBe(false);
    expect(await other.asked(() => other.ask(query))).toEqual(["accounts"]);
  });

  it("without keys nothing personal is there, sealed or not", async () => {
    await using apart = await openSharedRedis(service.url);
    const keyless = await apart.open({ subgraphs: data.subgraphs });
    await askAll(keyless, data);
    // The offices and the plans.
    const entries = await apart.untilStored(2);
    const texts = await Promise.all(entries.map((entry) => apart.admin.get(entry)));
    expect(texts.join()).toMatch(/small.*Lyon|Lyon.*small/s);
    expect(await apart.keysOf("i")).toEqual([]);
    expect(found(await textsOf(apart), data.personalValues())).toEqual([]);
  });

  it("categories that are not to be shared are not, whatever keys there are", async () => {
    const query = '{ person(id: "p1") { illness } }';
    await one.ask(query);
    expect(await one.asked(() => one.ask(query))).toEqual([]);
    await one.ask('{ person(id: "p1") { email } }');
    const entries = await shared.untilStored(1);
    expect(await other.asked(() => other.ask(query))).toEqual(["persons"]);

    const strict = await shared.open({ ...config, cache: { unsharedCategories: ["email"] } });
    expect(await strict.asked(() => strict.ask('{ person(id: "p1") { email } }'))).toEqual(["persons"]);
    await strict.ask('{ person(id: "p1") { name } }');
    expect(await shared.untilStored(2)).toEqual(expect.arrayContaining([...entries]));
  });

  it("what is kept for one caller is another caller's neither there", async () => {
    const letter = "{ letter { text } }";
    await one.ask(letter, { as: user("ada") });
    await shared.untilStored(1);
    expect(await other.asked(() => other.ask(letter, { as: user("bob") }))).toEqual(["persons"]);
    expect(await other.asked(() => other.ask(letter, { as: user("ada") }))).toEqual([]);
    expect(await other.asked(() => other.ask(letter))).toEqual(["persons"]);
  });

  it("nothing is found any more that was kept under other policies", async () => {
    const query = '{ person(id: "p1") { email city } }';
    await one.ask(query);
    await shared.untilStored(1);
    expect(await other.asked(() => other.ask(query))).toEqual([]);
    const policies = [policyOf("emails", "{ selector: { pii: email }, effect: { type: nullify } }")];
    expect(await other.gateway.reload({ govern: createGovern({ policies }) })).toMatchObject({ kind: "swapped" });
    const asked = await other.asked(async () =>
      expect((await other.ask(query)).data).toEqual({ person: { email: null, city: "Lyon" } }),
    );
    expect(asked).toEqual(["persons"]);
    expect(await one.asked(() => one.ask(query))).toEqual([]);
  });
});
