/** Callers whom policies treat differently get different answers, from one entry where the data are the same. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { createKeyRing, createMaskSetup } from "#policies";
import { type CachedGateway, openCachedGateway, user, type Wish } from "../../fixtures/cached-gateway.fixture.ts";
import { clinic, clinicGovern, otherGovern } from "../../fixtures/clinic.fixture.ts";

const keys = createKeyRing([]);
const masterKey = (id: string) => ({ id, createdAt: new Date(0), secret: randomBytes(32) });
let isFiltered = true;
const data = clinic(() => isFiltered);
const shop: CachedGateway = await openCachedGateway({
  subgraphs: data.subgraphs,
  says: "max-age=60",
  govern: clinicGovern,
  masks: createMaskSetup({ keys }),
});
afterAll(() => shop[Symbol.asyncDispose]());
beforeEach(async () => {
  keys.replace([masterKey("k1")]);
  await shop.reset();
});

const inRegion = (region: unknown, id = "u", rest = {}): Wish => ({
  as: user(id, { attributes: { region }, ...rest }),
});
const auditor: Wish = { as: user("audi", { roles: ["auditor"] }) };
const withRole = (role: string): Wish => ({ as: user(role, { roles: ["auditor", role] }) });
const care: Wish = { as: user("carer", { roles: ["auditor"] }, "care") };
const idsOf = (rows: unknown): string[] => ((rows ?? []) as { id: string }[]).map(({ id }) => id);

describe("masks", () => {
  const query = '{ patient(id: "p1") { name email owes } }';

  it("are put on one raw entry, for each who asks", async () => {
    const asked = await shop.asked(async () => {
      for (let time = 0; time < 3; time++) {
        const plain = await shop.ask(query, auditor);
        expect(plain.data).toEqual({
          patient: { name: null, email: expect.stringMatching(/^[0-9a-f]{32}@hash\.invalid$/), owes: 10 },
        });
        expect(JSON.stringify(plain.extensions.masked)).toContain("Patient.email");
        expect(JSON.stringify(plain.extensions.masked)).toContain("Patient.name");
        const clear = await shop.ask(query, care);
        expect(clear.data).toEqual({ patient: { name: null, email: "p1@mail.example", owes: 10 } });
        expect(JSON.stringify(clear.extensions.masked)).not.toContain("Patient.email");
        const nurse = await shop.ask(query, withRole("nurse"));
        expect(nurse.data).toMatchObject({ patient: { name: "Name p1" } });
        expect(JSON.stringify(nurse.extensions.masked)).not.toContain("Patient.name");
      }
    });
    // What is null for a caller is not asked for, so there are two selections of the patient.
    expect(asked).toEqual(["bills", "patients", "patients"]);
  });

  it("are made with the keys of now, also of what was answered before", async () => {
    const email = async (): Promise<unknown> =>
      ((await shop.ask(query, auditor)).data?.patient as { email: unknown } | undefined)?.email;
    const first = await email();
    for (let time = 0; time < 3; time++) expect(await email()).toBe(first);
    keys.replace([masterKey("k1"), masterKey("k2")]);
    const second = await email();
    expect(second).toMatch(/^[0-9a-f]{32}@hash\.invalid$/);
    expect(second).not.toBe(first);
    for (let time = 0; time < 3; time++) expect(await email()).toBe(second);
    keys.replace([]);
    expect(await email()).toBe("***@***.invalid");
  });

  it("let nobody but the caller's own programs keep an answer with personal data, however old it is", async () => {
    for (const wish of [auditor, care, withRole("doctor")]) {
      await shop.ask(query, wish);
      shop.advance(5);
      expect(await shop.asked(() => shop.ask(query, wish))).toEqual([]);
      const { headers } = await shop.ask(query, { ...wish, method: "GET", headers: { "if-none-match": "*" } });
      expect(headers).toMatchObject({ "cache-control": "no-store" });
      expect(Number(headers.age)).toBeGreaterThanOrEqual(5);
      expect(headers).not.toHaveProperty("etag");
    }
  });
});

describe("a field that is denied", () => {
  const query = '{ patient(id: "p1") { id region illness } }';

  it("is never in the answer of somebody else, in whatever order they ask", async () => {
    for (let time = 0; time < 3; time++) {
      expect((await shop.ask(query, withRole("doctor"))).data).toEqual({
        patient: { id: "p1", region: "east", illness: "ill p1" },
      });
      for (const wish of [auditor, care, withRole("nurse")]) {
        const refused = await shop.ask(query, wish);
        expect(refused.text).not.toContain("ill p1");
        expect(refused.errors).toMatchObject([{ path: ["patient", "illness"] }]);
        expect(refused.headers["cache-control"]).toBe("no-store");
      }
    }
    const asked = shop.fetched.filter(({ query: text }) => text.includes("illness"));
    expect(asked.map(({ caller }) => caller.principal.id)).toEqual(["doctor"]);
  });
});

describe("rows", () => {
  const query = "{ patients { id owes } rooms { number patients { id } } }";

  it("are shared by those who see the same ones, and by nobody else", async () => {
    const seen: [Wish, readonly string[]][] = [
      [inRegion("east", "u1"), ["p1", "p3"]],
      [inRegion("west", "u2"), ["p2"]],
      [inRegion(["east", "west"], "u3"), ["p1", "p2", "p3"]],
      [auditor, ["p1", "p2", "p3", "p4"]],
      [inRegion(undefined, "u4"), []],
      [inRegion("nowhere", "u5"), []],
      [{}, []],
      [{ as: user("u6") }, []],
    ];
    for (let time = 0; time < 3; time++) {
      for (const [wish, ids] of seen) {
        const { data: answered, errors } = await shop.ask(query, wish);
        expect(errors).toEqual([]);
        expect(idsOf(answered?.patients), wish.as?.principal.id).toEqual(ids);
        const rooms = answered?.rooms as { patients: unknown }[] | undefined;
        expect(rooms?.flatMap((room) => idsOf(room.patients)).sort()).toEqual(ids);
      }
    }
    for (const others of [
      inRegion("east", "u7"),
      inRegion(["east"], "u8"),
      inRegion("east", "u9", { roles: ["nurse"] }),
    ]) {
      expect(
        await shop.asked(async () =>
          expect(idsOf((await shop.ask(query, others)).data?.patients)).toEqual(["p1", "p3"]),
        ),
      ).toEqual([]);
    }
    expect(await shop.asked(() => shop.ask(query, inRegion("east", "u10", { roles: ["auditor"] })))).toEqual([]);
  });

  it("are nobody's who may not see them, where an entity is asked for by its key", async () => {
    const one = '{ patient(id: "p2") { region } bills { patient { region owes } } }';
    for (let time = 0; time < 3; time++) {
      for (const [wish, own] of [
        [inRegion("east"), ["p1", "p3"]],
        [inRegion("west"), ["p2"]],
        [auditor, ["p1", "p2", "p3", "p4"]],
      ] as const) {
        const { data: answered } = await shop.ask(one, wish);
        const regions = data.patients.map(({ id, region }) =>
          (own as readonly string[]).includes(id) ? region : null,
        );
        expect(answered).toEqual({
          patient: (own as readonly string[]).includes("p2") ? { region: "west" } : null,
          bills: data.patients.map(({ id }, index) => ({
            patient: {
              region: regions[index],
              owes: (own as readonly string[]).includes(id) ? (index + 1) * 10 : null,
            },
          })),
        });
      }
    }
  });

  it("are not counted for somebody else, where nothing of them is asked for", async () => {
    const counted = "{ found { __typename } }";
    for (let time = 0; time < 3; time++) {
      for (const [wish, count] of [
        [inRegion("east"), 2],
        [inRegion("west"), 1],
        [auditor, 4],
        [{}, 0],
      ] as const) {
        const found = (await shop.ask(counted, wish)).data?.found as { __typename: string }[];
        expect(found.filter(({ __typename }) => __typename === "Patient")).toHaveLength(count);
      }
    }
  });

  it("are not counted for somebody else, where other things are found beside them", async () => {
    const counted = "{ found { ... on Room { number } } }";
    for (let time = 0; time < 3; time++) {
      for (const [wish, count] of [
        [inRegion("east"), 4],
        [inRegion("west"), 3],
        [auditor, 6],
      ] as const) {
        expect((await shop.ask(counted, wish)).data?.found).toHaveLength(count);
      }
    }
  });

  it("of which a subgraph says that they are public are not kept, and that is reported once", async () => {
    shop.say("patients", "public, max-age=60");
    for (let time = 0; time < 3; time++) {
      for (const [wish, ids] of [
        [inRegion("east"), ["p1", "p3"]],
        [inRegion("west"), ["p2"]],
      ] as const) {
        const asked = await shop.asked(async () =>
          expect(idsOf((await shop.ask("{ patients { id } }", wish)).data?.patients)).toEqual(ids),
        );
        expect(asked).toEqual(["patients"]);
      }
    }
    expect(shop.warnings).toMatchObject([{ subgraph: "patients", message: expect.stringContaining("says public") }]);
    // To whom nothing is limited it may be the same as for everybody.
    await shop.ask("{ patients { id } }", auditor);
    expect(idsOf((await shop.ask("{ patients { id } }", inRegion("west"))).data?.patients)).toEqual(["p2"]);
    expect(await shop.metric("mesh_cache_stores_total", { result: "varies" })).toBe(7);
  });
});

describe("what a subgraph says for one caller", () => {
  const greeting = async (query: string, wish: Wish): Promise<unknown> => (await shop.ask(query, wish)).data;
  const callers: [Wish, string][] = [
    [{ as: user("ada") }, "ada"],
    [{ as: user("bob") }, "bob"],
    [{}, "anonymous"],
  ];

  it.each([
    ["private in its answer", "greeting", "private, max-age=60", "Hello "],
    ["nothing of others in its answer", "greeting", "max-age=60", "Hello "],
    ["private in its schema", "inbox", undefined, "for "],
    ["private in its schema, public in its answer", "inbox", "public, max-age=60", "for "],
  ])("is kept for that one: %s", async (_, field, header, begins) => {
    shop.say("portal", header);
    // Another selection each time: what has been learnt of one is not known of it.
    const query = `{ ${field === "greeting" ? `greeting(kind: ${header?.length})` : field} }`;
    for (let time = 0; time < 3; time++) {
      for (const [wish, id] of callers) expect(await greeting(query, wish)).toEqual({ [field]: `${begins}${id}` });
    }
    expect(shop.fetched.map(({ caller }) => caller.principal.id)).toEqual(["ada", "bob", "anonymous"]);
    // Whoever is equal in everything is the same; who has one right more is not.
    expect(await shop.asked(() => greeting(query, { as: user("ada") }))).toEqual([]);
    expect(await shop.asked(() => greeting(query, { as: user("ada", { roles: ["x"] }) }))).toEqual(["portal"]);
    expect(await shop.asked(() => greeting(query, { as: user("ada", {}, "care") }))).toEqual(["portal"]);
  });

  it("makes an answer private as a whole, and entities too", async () => {
    shop.say("portal", "private, max-age=60");
    const query = "{ rooms { number welcome } }";
    for (let time = 0; time < 3; time++) {
      for (const [wish, id] of callers) {
        const { data: answered, headers } = await shop.ask(query, wish);
        expect(answered).toEqual({
          rooms: [1, 2].map((number) => ({ number, welcome: `${number} welcomes ${id}` })),
        });
        expect(headers["cache-control"]).toBe("private, max-age=60");
      }
    }
    expect(shop.fetched.map(({ subgraph }) => subgraph).sort()).toEqual(["patients", "portal", "portal", "portal"]);
  });

  it("is everybody's when the schema says so", async () => {
    shop.say("portal", undefined);
    await greeting("{ hours }", { as: user("ada") });
    expect(await shop.asked(() => greeting("{ hours }", {}))).toEqual([]);
    const { headers } = await shop.ask("{ hours }", { as: user("bob") });
    expect(headers).toMatchObject({ "cache-control": "public, max-age=60", vary: "accept" });
  });
});

describe("policies that change", () => {
  it("leave nothing of what was kept under others", async () => {
    const query = "{ patients { id email } }";
    const emails = async (wish: Wish): Promise<unknown> => (await shop.ask(query, wish)).data?.patients;
    for (let time = 0; time < 3; time++) await emails(inRegion("east"));
    isFiltered = false;
    expect(await shop.gateway.reload({ govern: otherGovern })).toMatchObject({ kind: "swapped" });
    const all = data.patients.map(({ id }) => ({ id, email: null }));
    for (const wish of [inRegion("east"), inRegion("west"), auditor, care, {}]) expect(await emails(wish)).toEqual(all);
    isFiltered = true;
    expect(await shop.gateway.reload({ govern: clinicGovern })).toMatchObject({ kind: "swapped" });
    expect(idsOf(await emails(inRegion("east")))).toEqual(["p1", "p3"]);
    expect(idsOf(await emails({}))).toEqual([]);
  });
});
