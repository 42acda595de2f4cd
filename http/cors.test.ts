import { describe, expect, test } from "vitest";
import { type CorsOptions, withCors } from "./cors.ts";
import { createTestHandler, request } from "./schema-service.fixture.ts";

const app = "https://app.example.org";
const handlerFor = (options: CorsOptions) => withCors(createTestHandler(), options);
const from = (origin: string) => request({ body: { query: "{ hello }" }, headers: { origin } });
const preflight = (origin: string) =>
  request({
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type, authorization",
    },
  });

describe("cross-origin reads", () => {
  test("are off unless a layer allows them", async () => {
    const response = await createTestHandler()(from(app));
    expect(Object.keys(response.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("of an allowed origin are marked as allowed, with the headers a script may read", async () => {
    const { headers } = await handlerFor({ origins: [app] })(from(app));
    expect(headers).toMatchObject({ "access-control-allow-origin": app, vary: "accept, origin" });
    expect(headers["access-control-expose-headers"]).toContain("deprecation");
    expect(headers["access-control-allow-credentials"]).toBeUndefined();
  });

  test("of another origin are answered without permission and are kept apart in caches", async () => {
    const { status, headers } = await handlerFor({ origins: [app] })(from("https://evil.example"));
    expect(status).toBe(200);
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    expect(headers.vary).toBe("accept, origin");
  });

  test("are preflighted for allowed origins only", async () => {
    const handler = handlerFor({ origins: [app], credentials: true });
    expect(await handler(preflight(app))).toMatchObject({
      status: 204,
      headers: {
        "access-control-allow-origin": app,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "content-type, authorization",
        "access-control-max-age": "600",
      },
    });
    expect((await handler(preflight("https://evil.example"))).headers["access-control-allow-origin"]).toBeUndefined();
  });

  test("may be open to everyone, then without credentials", async () => {
    const { headers } = await handlerFor({ origins: ["*"] })(from("null"));
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(() => handlerFor({ origins: ["*"], credentials: true })).toThrow("exclude each other");
  });

  test.each(["app.example.org", "https://app.example.org/", "https://app.example.org/path"])(
    "are not configured with %s, which is no origin",
    (origin) => {
      expect(() => handlerFor({ origins: [origin] })).toThrow(`"${origin}" is no origin`);
    },
  );
});
