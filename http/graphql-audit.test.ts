import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHandler } from "./schema-service.fixture.ts";
import { createHttpServer, type HttpServer } from "./server.ts";

let server: HttpServer;
beforeAll(async () => {
  server = await createHttpServer({ port: 0, graphql: createTestHandler() });
});
afterAll(() => server.close());

/** Audits that a plain GET cannot pass while forgery is prevented; with a preflight header they pass, as shown below. */
const declinedWithoutPreflight = ["5A70", "D6D5", "6A70"];

const url = (): string => `${server.url}/graphql`;
const plain = serverAudits({ url });
const preflighted = serverAudits({
  url,
  fetchFn: (input: string, init?: RequestInit) =>
    fetch(input, { ...init, headers: { ...init?.headers, "apollo-require-preflight": "true" } }),
});

describe("the graphql-http audit suite", () => {
  test.each(preflighted.map((audit) => [audit.id, audit.name, audit] as const))(
    "%s %s, for a client that sends a preflight header",
    async (_id, _name, audit) => {
      expect(await audit.fn()).toMatchObject({ status: "ok" });
    },
  );

  test.each(plain.map((audit) => [audit.id, audit.name, audit] as const))("%s %s", async (id, name, audit) => {
    const result = await audit.fn();
    if (declinedWithoutPreflight.includes(id)) {
      expect(name).toMatch(/^MAY /);
      expect(result).toMatchObject({ status: "notice", reason: expect.stringContaining("200") });
    } else {
      expect(result).toMatchObject({ status: "ok" });
    }
  });
});
