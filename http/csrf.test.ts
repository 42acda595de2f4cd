import { describe, expect, test } from "vitest";
import { createTestHandler, readJson, request } from "./schema-service.fixture.ts";

const handle = createTestHandler();
const unprotected = createTestHandler({ csrfProtection: false });

/** Method, headers, and the code of the refusal; undefined where the request passes. */
const table: [string, string, Record<string, string>, string | undefined][] = [
  ["POST of JSON", "POST", { "content-type": "application/json" }, undefined],
  ["POST of a form", "POST", { "content-type": "application/x-www-form-urlencoded" }, "CSRF_PREVENTED"],
  ["POST of a multipart form", "POST", { "content-type": "multipart/form-data; boundary=a" }, "CSRF_PREVENTED"],
  ["POST of text", "POST", { "content-type": "text/plain" }, "CSRF_PREVENTED"],
  ["POST of text that claims JSON", "POST", { "content-type": "text/plain; a=application/json" }, "CSRF_PREVENTED"],
  ["POST of capitalised text", "POST", { "content-type": "TEXT/Plain;charset=utf-8" }, "CSRF_PREVENTED"],
  ["POST without a type", "POST", { "content-type": "" }, "CSRF_PREVENTED"],
  ["POST with a malformed type", "POST", { "content-type": "json" }, "CSRF_PREVENTED"],
  [
    "POST of a form, preflighted",
    "POST",
    { "content-type": "multipart/form-data", "mesh-preflight": "1" },
    "UNSUPPORTED_MEDIA_TYPE",
  ],
  ["GET", "GET", { "mesh-preflight": "" }, "CSRF_PREVENTED"],
  ["GET with our header", "GET", { "mesh-preflight": "1" }, undefined],
  ["GET with Apollo's header", "GET", { "mesh-preflight": "", "apollo-require-preflight": "true" }, undefined],
  ["GET with an operation name", "GET", { "mesh-preflight": "", "x-apollo-operation-name": "A" }, undefined],
  ["GET of JSON", "GET", { "mesh-preflight": "", "content-type": "application/json" }, undefined],
  [
    "GET with a made-up type",
    "GET",
    { "mesh-preflight": "", "content-type": "application/x" },
    "UNSUPPORTED_MEDIA_TYPE",
  ],
  ["GET with a made-up type and our header", "GET", { "content-type": "a/b" }, "UNSUPPORTED_MEDIA_TYPE"],
];

describe("forgery", () => {
  test.each(table)("%s", async (_name, method, headers, code) => {
    const parts = method === "POST" ? { body: { query: "{ hello }" } } : { method, url: "/graphql?query={hello}" };
    const response = await handle(request({ ...parts, headers }));
    expect(readJson(response).errors?.[0]?.extensions?.code).toBe(code);
  });

  test("is not looked for where it is switched off", async () => {
    const parts = { method: "GET", url: "/graphql?query={hello}", headers: { "mesh-preflight": "" } };
    expect((await unprotected(request(parts))).status).toBe(200);
  });
});
