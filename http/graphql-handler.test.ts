import { describe, expect, test, vi } from "vitest";
import { ClientError } from "#schema";
import { createGraphQLHandler } from "./graphql-handler.ts";
import type { GraphQLOutcome, Prepared } from "./graphql-service.ts";
import { createTestHandler, readJson, request, type TestRequest } from "./schema-service.fixture.ts";

const handle = createTestHandler();
const graphql = "application/graphql-response+json";
const json = "application/json";
const get = (search: string, headers: Record<string, string> = {}): TestRequest => ({
  method: "GET",
  url: `/graphql${search}`,
  headers,
});

async function firstMessage(parts: TestRequest): Promise<[number, string]> {
  const response = await handle(request(parts));
  return [response.status, readJson(response).errors?.[0]?.message ?? "no error"];
}

describe("an operation", () => {
  test("is answered by POST, with the asked media type and without being stored", async () => {
    const response = await handle(request({ body: { query: "{ hello }" } }));
    expect(response).toMatchObject({
      status: 200,
      headers: { "content-type": `${graphql}; charset=utf-8`, "cache-control": "no-store", vary: "accept" },
      body: '{"data":{"hello":"Hello you"}}',
    });
  });

  test("is answered by GET with variables and an operation name", async () => {
    const query = encodeURIComponent("query A { hello } query B($name: String) { hello(name: $name) }");
    const variables = encodeURIComponent('{"name":"Zoë + co"}');
    const response = await handle(request(get(`?query=${query}&operationName=B&variables=${variables}`)));
    expect(readJson(response).data).toEqual({ hello: "Hello Zoë + co" });
  });

  test("is answered to HEAD like GET, for the adapter to leave the body out", async () => {
    const response = await handle(request({ ...get("?query={hello}"), method: "HEAD" }));
    expect(response.status).toBe(200);
  });

  test("reads a body that begins with a byte order mark", async () => {
    const response = await handle(request({ body: `\u{feff}${JSON.stringify({ query: "{ hello }" })}` }));
    expect(response.status).toBe(200);
  });

  test("keeps data: null at 200, because there is a data entry", async () => {
    const response = await handle(request({ body: { query: "{ failing }" } }));
    expect([response.status, readJson(response).data]).toEqual([200, null]);
  });

  test("takes a large variable", async () => {
    const value = Array.from({ length: 100_000 }, (_, index) => index);
    const response = await handle(
      request({ body: { query: "query ($value: [Int]) { echo(value: $value) }", variables: { value } } }),
    );
    expect(readJson(response).data).toEqual({ echo: value });
  });
});

describe("a request error", () => {
  test.each([
    ["a syntax error", { query: "{" }],
    ["an unknown field", { query: "{ nothing }" }],
    ["a wrong variable", { query: "query ($name: String!) { hello(name: $name) }", variables: { name: null } }],
  ])("%s is 400 under the GraphQL media type and 200 under JSON", async (_name, body) => {
    expect((await handle(request({ body }))).status).toBe(400);
    const underJson = await handle(request({ body, headers: { accept: json } }));
    expect(underJson.status).toBe(200);
    expect(underJson.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  test.each([401, 403, 503])("keeps %i under both media types", async (status) => {
    const refusing = createGraphQLHandler({
      prepare: () => {
        throw new ClientError("UNAUTHENTICATED", "The token has expired.", { status });
      },
    });
    for (const accept of [graphql, json]) {
      const response = await refusing(request({ body: { query: "{ hello }" }, headers: { accept } }));
      expect(response.status).toBe(status);
      expect(readJson(response).errors?.[0]).toEqual({
        message: "The token has expired.",
        extensions: { code: "UNAUTHENTICATED" },
      });
    }
  });
});

describe("a malformed request", () => {
  const q = "{ hello }";
  test.each<[string, TestRequest, number, string]>([
    ["no body", {}, 400, "body is empty"],
    ["broken JSON", { body: '{"query":\n "x' }, 400, "not valid JSON"],
    ["a JSON string", { body: '"{ hello }"' }, 400, "must be a JSON object, not a string"],
    ["null", { body: "null" }, 400, "must be a JSON object, not null"],
    ["a batch", { body: [{ query: q }] }, 400, "Batching is switched off: send one operation per request"],
    ["a documentId that is a number", { body: { documentId: 1 } }, 400, '"documentId" must be the id of a document'],
    ["an empty documentId", get("?documentId="), 400, "not an empty string"],
    ["no query", { body: { quer: q } }, 400, '"query" is missing'],
    ["a query that is a number", { body: { query: 1 } }, 400, '"query" must be a string, not a number'],
    ["variables as text", { body: { query: q, variables: "{}" } }, 400, '"variables" must be a JSON object or null'],
    ["variables as a list", { body: { query: q, variables: [] } }, 400, "not an array"],
    ["extensions as text", { body: { query: q, extensions: "a" } }, 400, '"extensions" must be a JSON object'],
    ["a name that is a list", { body: { query: q, operationName: ["a"] } }, 400, '"operationName" must be a string'],
    ["bytes that are no UTF-8", { body: Uint8Array.of(0x7b, 0xff, 0x7d) }, 400, "not valid UTF-8"],
    [
      "a text body",
      { body: q, headers: { "content-type": "text/plain", "mesh-preflight": "1" } },
      415,
      "has text/plain",
    ],
    ["no content type", { body: q, headers: { "content-type": "", "mesh-preflight": "1" } }, 415, "no content-type"],
    ["another charset", { headers: { "content-type": "application/json; charset=utf-16" } }, 415, "UTF-8"],
    ["a parameter given twice", get("?query=a&query=b"), 400, '"query" is given twice'],
    ["bad percent-encoding", get("?query=%E0%A4"), 400, "not percent-encoded UTF-8"],
    ["GET variables that are no JSON", get("?query={hello}&variables={"), 400, '"variables" is not valid JSON'],
    ["GET without a query", get(""), 400, '"query" is missing'],
    ["an Accept that allows nothing", { headers: { accept: "text/html" } }, 406, "allows no media type"],
    ["DELETE", { method: "DELETE" }, 405, "Send GET or POST"],
    ["a mutation by GET", get("?query=mutation{touch}"), 405, "must be sent by POST"],
    ["a subscription", { body: { query: "subscription { ticks }" } }, 400, "not served over plain HTTP"],
  ])("with %s says so", async (_name, parts, status, message) => {
    const [actualStatus, actualMessage] = await firstMessage(parts);
    expect(actualMessage).toContain(message);
    expect(actualStatus).toBe(status);
  });

  test("quotes nothing of broken JSON, and says where it breaks when the engine does", async () => {
    const [, unquoted] = await firstMessage({
      body: '{"query": "{ hello }", "variables": {"email": ada@example.org}}',
    });
    expect(unquoted).toBe("The request body is not valid JSON.");
    const [, placed] = await firstMessage({ body: '{"query": "{ hello }"\n "variables": {}}' });
    expect(placed).toBe("The request body is not valid JSON (at line 2 column 2).");
  });

  test("with JSON nested a million levels deep is refused, not crashed on", async () => {
    const nested = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`;
    expect(await firstMessage({ body: `{"query":"{ hello }","variables":{"a":${nested}}}` })).toEqual([
      400,
      'The parameter "variables" is nested deeper than 128 levels.',
    ]);
  });

  test("with __proto__ in variables is refused and pollutes nothing", async () => {
    const [status, message] = await firstMessage({
      body: '{"query":"{ hello }","variables":{"a":{"__proto__":{"polluted":true}}}}',
    });
    expect([status, message]).toEqual([400, 'The parameter "variables" has a key "__proto__", which is not allowed.']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("takes no parameter from the prototype of the body", async () => {
    expect(await firstMessage({ body: '{"__proto__":{"query":"{ hello }"}}' })).toEqual([
      400,
      'The parameter "query" is missing: send the GraphQL document as a string.',
    ]);
  });

  test("names the methods that are allowed", async () => {
    expect((await handle(request({ method: "PUT" }))).headers.allow).toBe("GET, POST, OPTIONS");
    expect((await handle(request({ method: "OPTIONS" }))).headers.allow).toBe("GET, POST, OPTIONS");
    expect((await handle(request(get("?query=mutation{touch}")))).headers.allow).toBe("POST");
  });

  test("never reaches the service when a mutation comes by GET", async () => {
    const run = vi.fn<() => Promise<GraphQLOutcome>>();
    const handler = createGraphQLHandler({ prepare: () => ({ kind: "ready", operationType: "mutation", run }) });
    await handler(request(get("?query=mutation{touch}")));
    expect(run).not.toHaveBeenCalled();
  });
});

describe("a batch", () => {
  const batching = createTestHandler({ batching: { maxOperations: 3 } });
  const query = "query ($name: String!) { hello(name: $name) }";
  const answersOf = ({ body }: { readonly body: string | Uint8Array }) => JSON.parse(Buffer.from(body).toString());

  test("has one answer for each operation, in their order, whatever becomes of the others", async () => {
    const body = [{ query, variables: { name: "Zoë" } }, { query: "{ nothing }" }, { query: "mutation { touch }" }];
    const response = await batching(request({ body }));
    expect(response).toMatchObject({
      status: 200,
      headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", vary: "accept" },
    });
    expect(answersOf(response)).toEqual([
      { data: { hello: "Hello Zoë" } },
      { errors: [expect.objectContaining({ message: expect.stringContaining("nothing") })] },
      { data: { touch: 1 } },
    ]);
  });

  test("answers what is malformed in it by itself", async () => {
    const response = await batching(request({ body: [1, { query: 2 }, { query: "{ hello }" }] }));
    const bad = (message: string) => ({ errors: [{ message, extensions: { code: "BAD_REQUEST" } }] });
    expect(answersOf(response)).toEqual([
      bad("An operation of the batch must be a JSON object, not a number."),
      bad('The parameter "query" must be a string, not a number.'),
      { data: { hello: "Hello you" } },
    ]);
  });

  test.each<[string, object, string, string]>([
    ["nothing", [], "BAD_REQUEST", "The batch is empty: send at least one operation."],
    [
      "too much",
      [1, 2, 3, 4],
      "BATCH_LIMIT_EXCEEDED",
      "The batch has 4 operations, at most 3 are allowed: send the others in a further request.",
    ],
  ])("with %s is refused as a whole", async (_what, body, code, message) => {
    const response = await batching(request({ body }));
    expect([response.status, readJson(response).errors]).toEqual([400, [{ message, extensions: { code } }]]);
  });

  test("has the status that all its operations agree on, and 200 when they do not", async () => {
    let asked = 0;
    const refusing = createGraphQLHandler(
      {
        prepare: ({ query: text }) => {
          asked += 1;
          const status = text === "{ forbidden }" ? 403 : 401;
          return {
            kind: "rejected",
            status,
            result: { errors: [{ message: "no" }] },
            headers: { "www-authenticate": "Bearer", vary: "mesh-purpose" },
          };
        },
      },
      { batching: { maxOperations: 3 } },
    );
    const all = await refusing(request({ body: [{ query: "{ a }" }, { query: "{ b }" }] }));
    expect(all).toMatchObject({ status: 401, headers: { "www-authenticate": "Bearer", vary: "mesh-purpose, accept" } });
    const some = await refusing(request({ body: [{ query: "{ a }" }, { query: "{ forbidden }" }] }));
    expect(some.status).toBe(200);
    expect(some.headers).not.toHaveProperty("www-authenticate");
    expect(asked).toBe(4);
  });

  test("goes on when one of its operations fails inside, and hides why", async () => {
    const onInternalError = vi.fn<(error: unknown, id: string) => void>();
    const handler = createGraphQLHandler(
      {
        prepare: ({ query: text }) => ({
          kind: "ready",
          operationType: "query",
          run: async () => {
            if (text === "{ fails }") throw new Error("secret");
            return { body: Buffer.from('{"data":{"é":1}}'), hasData: true };
          },
        }),
      },
      { batching: { maxOperations: 3 }, onInternalError },
    );
    const response = await handler(request({ body: [{ query: "{ fails }" }, { query: "{ works }" }] }));
    expect(response.status).toBe(200);
    const [failed, worked] = answersOf(response);
    expect(failed.errors[0]).toMatchObject({ extensions: { code: "INTERNAL_SERVER_ERROR" } });
    expect(JSON.stringify(failed)).not.toContain("secret");
    expect(worked).toEqual({ data: { é: 1 } });
    expect(onInternalError).toHaveBeenCalledOnce();
  });
});

describe("a persisted operation", () => {
  test("may leave the query out", async () => {
    const handler = createGraphQLHandler({
      prepare: ({ query, extensions }) => ({
        kind: "ready",
        operationType: "query",
        run: async () => ({ body: JSON.stringify({ data: { query, extensions } }), hasData: true }),
      }),
    });
    const persistedQuery = { version: 1, sha256Hash: "ab" };
    const response = await handler(request({ body: { extensions: { persistedQuery } } }));
    expect(readJson(response).data).toEqual({ extensions: { persistedQuery } });
  });

  test("may be named by its documentId instead, by POST and by GET", async () => {
    const handler = createGraphQLHandler({
      prepare: ({ query, documentId }) => ({
        kind: "ready",
        operationType: "query",
        run: async () => ({ body: JSON.stringify({ data: { query, documentId } }), hasData: true }),
      }),
    });
    const posted = await handler(request({ body: { documentId: "x-a:1" } }));
    const got = await handler(request(get("?documentId=sha256:ab&query=")));
    expect([readJson(posted).data, readJson(got).data]).toEqual([
      { documentId: "x-a:1" },
      { query: "", documentId: "sha256:ab" },
    ]);
  });
});

describe("the answer", () => {
  const answering = (outcome: Partial<GraphQLOutcome>) =>
    createGraphQLHandler({
      prepare: (): Prepared => ({
        kind: "ready",
        operationType: "query",
        run: async () => ({ body: '{"data":{}}', hasData: true, ...outcome }),
      }),
    });

  test("carries the headers of the outcome but keeps its own about the body", async () => {
    const handler = answering({
      headers: {
        deprecation: "@1735689600",
        "cache-control": "private, max-age=5",
        vary: "mesh-purpose",
        "content-type": "x/y",
      },
    });
    const { headers } = await handler(request({ body: { query: "{ hello }" } }));
    expect(headers).toMatchObject({
      deprecation: "@1735689600",
      "cache-control": "private, max-age=5",
      vary: "mesh-purpose, accept",
      "content-type": `${graphql}; charset=utf-8`,
    });
  });

  test("takes the status of the outcome", async () => {
    expect((await answering({ status: 294 })(request({ body: { query: "{ hello }" } }))).status).toBe(294);
  });

  test("without data is 500 under the GraphQL media type and 200 under JSON", async () => {
    const handler = answering({ body: { errors: [{ message: "down" }] }, hasData: false });
    const body = { query: "{ hello }" };
    expect((await handler(request({ body }))).status).toBe(500);
    expect((await handler(request({ body, headers: { accept: json } }))).status).toBe(200);
  });

  test("hides what failed inside and gives its id to both sides", async () => {
    const onInternalError = vi.fn<(error: unknown, id: string) => void>();
    const failure = new Error("password=hunter2");
    const handler = createGraphQLHandler({ prepare: () => Promise.reject(failure) }, { onInternalError });
    const response = await handler(request({ body: { query: "{ hello }" } }));
    expect(response.status).toBe(500);
    expect(response.body).not.toContain("hunter2");
    const id = readJson(response).errors?.[0]?.extensions?.id;
    expect(id).toEqual(expect.any(String));
    expect(onInternalError).toHaveBeenCalledExactlyOnceWith(failure, id);
  });

  test("is 499 and no failure when the client has gone", async () => {
    const onInternalError = vi.fn<(error: unknown, id: string) => void>();
    const aborted = new AbortController();
    const handler = createGraphQLHandler(
      {
        prepare: () => {
          aborted.abort();
          throw new Error("aborted on the way");
        },
      },
      { onInternalError },
    );
    const response = await handler(request({ body: { query: "{ hello }" }, signal: aborted.signal }));
    expect(response.status).toBe(499);
    expect(onInternalError).not.toHaveBeenCalled();
  });
});
