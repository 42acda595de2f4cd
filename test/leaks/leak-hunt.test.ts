/**
 * No personal value reaches a caller who may not see it, nor any place where nobody expects one: answers with their errors
 * and extensions, what operators read (log, metrics, audit), and what is kept beside the products' own storage.
 *
 * LEAK_HUNT_QUESTIONS=20000 for a long run.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery, type IntrospectionQuery } from "graphql";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom } from "../differential/random.ts";
import { type Command, runCommand, startCommand } from "../e2e/command.ts";
import { redis } from "../services.ts";
import { type CanaryMesh, canary, createCanaryMesh, knownValues } from "./canary-mesh.ts";
import { createQuestion } from "./random-question.ts";

const questions = Number(process.env.LEAK_HUNT_QUESTIONS ?? 400);
const timeoutMs = 120_000 + questions * 50;

let mesh: CanaryMesh;
let command: Command;
let url: string;
let schema: GraphQLSchema;
const tokens = new Map<string, string>();
const { url: redisUrl, missing } = await redis();

beforeAll(async () => {
  mesh = await createCanaryMesh();
  command = startCommand(["start", "--config", mesh.config], {
    env: { REDIS_URL: missing === undefined ? redisUrl : "" },
  });
  url = await command.url();
  for (const principal of ["analyst", "care"]) {
    const { stdout } = await runCommand(["token", "--config", mesh.config, "--as", principal]);
    tokens.set(principal, stdout.trim());
  }
  const { data } = JSON.parse(await ask({ query: getIntrospectionQuery() })) as { data: IntrospectionQuery };
  schema = buildClientSchema(data);
}, timeoutMs);

afterAll(async () => {
  await command?.[Symbol.asyncDispose]();
  await mesh?.[Symbol.asyncDispose]();
});

interface Asker {
  readonly as?: string;
  readonly purpose?: string;
}

async function ask(body: object | string, { as, purpose }: Asker = {}): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(as === undefined ? {} : { authorization: `Bearer ${tokens.get(as)}` }),
      ...(purpose === undefined ? {} : { "mesh-purpose": purpose }),
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  expect([...response.headers].join("\n")).not.toMatch(canary);
  return text;
}

const strangers: readonly Asker[] = [{}, { as: "analyst" }, { as: "analyst", purpose: "marketing" }, { as: "care" }];

test("the hunt can find something: who may see the values gets them", async () => {
  const query =
    "{ people { nodes { name email phone street passport } } orders { nodes { note } } contacts { nodes { label } } }";
  expect(JSON.parse(await ask({ query }, { as: "care", purpose: "care" })).errors).toBeUndefined();
  expect((await ask({ query }, { as: "care", purpose: "care" })).match(/qzxvkj/gi)?.length).toBeGreaterThan(50);
});

test(
  "whoever may not see them finds none of them in any answer",
  async () => {
    const random = createRandom(20_260_101);
    const outcomes = { answered: 0, refused: 0, rejected: 0 };
    for (let number = 0; number < questions; number++) {
      const question = createQuestion(schema, knownValues, random);
      const asker = random.pick(strangers);
      const answer = await ask(question, asker);
      const { data, errors = [] } = JSON.parse(answer) as {
        data?: unknown;
        errors?: { extensions?: { code?: string } }[];
      };
      const code = errors[0]?.extensions?.code;
      outcomes[code === "GRAPHQL_VALIDATION_FAILED" ? "rejected" : data == null ? "refused" : "answered"]++;
      // What a client wrote itself stands in messages about its own text.
      if (code === "GRAPHQL_VALIDATION_FAILED" || code === "BAD_USER_INPUT") continue;
      expect(canary.test(answer), `${JSON.stringify({ question, asker })}\n${answer}`).toBe(false);
    }
    expect(outcomes.answered).toBeGreaterThan(questions / 4);
    expect(outcomes.rejected).toBeLessThan(questions / 4);
  },
  timeoutMs,
);

const columns = ["name", "email", "phone", "street", "passport"];
const uses: readonly (readonly [string, (column: string) => string])[] = [
  ["filter", (column) => `{ people(where: { ${column}: { eq: "qzxvkj" } }) { totalCount } }`],
  [
    "filter far below",
    (column) => `{ people(where: { and: [{ not: { ${column}: { isNull: true } } }] }) { totalCount } }`,
  ],
  ["sort", (column) => `{ people(first: 1, orderBy: [{ column: ${column.toUpperCase()} }]) { nodes { personId } } }`],
  ["group", (column) => `{ peopleAggregate(groupBy: [{ column: ${column.toUpperCase()} }]) { count } }`],
];

test.each(columns.flatMap((column) => uses.map(([use, query]) => [column, use, query(column)] as const)))(
  "whoever may not see %s cannot find it out with a %s either",
  async (_column, _use, query) => {
    for (const asker of strangers) {
      const { data, errors } = JSON.parse(await ask({ query }, asker));
      expect(data ?? null).toBeNull();
      expect(errors).toMatchObject([{ extensions: { code: "OPERAND_FORBIDDEN" } }]);
    }
    expect(JSON.parse(await ask({ query }, { as: "care", purpose: "care" })).errors).toBeUndefined();
  },
);

test("what is wrong with a request is told without what a row holds", async () => {
  const attempts = [
    { query: "query ($id: ID!) { person(personId: $id) { name nosuch } }", variables: { id: "p1" } },
    { query: "{ person(personId: {}) { name } }" },
    { query: "{ people(first: -1) { nodes { name } } }" },
    { query: '{ people(after: "bm90IGEgY3Vyc29y") { nodes { name } } }' },
    "{",
  ];
  for (const attempt of attempts) expect(await ask(attempt, { as: "analyst" })).not.toMatch(canary);
});

test("none is in the log, the metrics, the audit and whatever is kept beside the products' storage", async () => {
  expect(await (await fetch(`${url}/metrics`)).text()).not.toMatch(canary);
  expect(await (await fetch(`${url}/health/ready`)).text()).not.toMatch(canary);
  command.kill("SIGTERM");
  const { stdout, stderr } = await command.ended;
  expect(stdout.length + stderr.length).toBeGreaterThan(1_000);
  expect(findCanary(stdout + stderr)).toBeUndefined();
  const state = join(mesh.folder, ".datamesh");
  const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  // What products store is theirs; sealing it is a manifest's choice.
  const others = files.filter(({ name }) => !/\.duckdb(\.wal)?$/.test(name));
  expect(others.length).toBeGreaterThan(0);
  for (const { parentPath, name } of others) {
    const found = findCanary(await readFile(join(parentPath, name), "latin1"));
    expect(found, `${name}: ${found}`).toBeUndefined();
  }
});

test.skipIf(missing !== undefined)("none is in Redis", async () => {
  const client = new Redis(redisUrl);
  try {
    const keys = await client.keys("datamesh:*");
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      const kept = (await client.type(key)) === "string" ? await client.getBuffer(key) : null;
      expect(findCanary(`${key} ${kept === null ? "" : readable(kept)}`), key).toBeUndefined();
    }
  } finally {
    client.disconnect();
  }
});

/** A value as it is, and what is compressed in it behind a digest of 16 bytes. */
function readable(value: Buffer): string {
  try {
    return `${value.toString("latin1")} ${inflateRawSync(value.subarray(16)).toString("latin1")}`;
  } catch {
    return value.toString("latin1");
  }
}

/** With what stands around it. */
function findCanary(text: string): string | undefined {
  const at = canary.exec(text)?.index;
  return at === undefined ? undefined : text.slice(Math.max(0, at - 200), at + 100);
}
