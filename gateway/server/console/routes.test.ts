import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HttpResponse } from "#http";
import { createConsoleRoutes } from "./routes.ts";

let bundleFolder: string;
beforeAll(async () => {
  bundleFolder = await mkdtemp(join(tmpdir(), "console-"));
  await mkdir(join(bundleFolder, "assets"));
  await writeFile(join(bundleFolder, "index.html"), '<meta name="csp-nonce" content="%CSP_NONCE%" />');
  await writeFile(join(bundleFolder, "assets", "index-abc.js"), "go()");
  await writeFile(join(bundleFolder, "secret.js"), "secret()");
});
afterAll(() => rm(bundleFolder, { recursive: true }));

const example = { title: "Orders", description: "All of them", query: "{ orders { id } }", variables: { first: 1 } };

function get(url: string, method = "GET", folder = bundleFolder): Promise<HttpResponse> {
  const routes = createConsoleRoutes({ bundleFolder: folder, examples: [example] });
  const route = routes.find(({ path }) => (path.endsWith("*") ? url.startsWith(path.slice(0, -1)) : url === path));
  if (route === undefined || !("handler" in route)) throw new Error(`no handler for ${url}`);
  return route.handler({ method, url, headers: new Map(), body: undefined, signal: new AbortController().signal });
}

describe("the console", () => {
  test("is one page that may use nothing of another origin, with a new nonce each time", async () => {
    const first = await get("/");
    const policy = first.headers["content-security-policy"] ?? "";
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    expect(nonce).toHaveLength(24);
    expect(first).toMatchObject({ status: 200, headers: { "cache-control": "no-store" } });
    expect(first.body).toBe(`<meta name="csp-nonce" content="${nonce}" />`);
    expect(policy).toContain("default-src 'none'; script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect((await get("/")).headers["content-security-policy"]).not.toBe(policy);
  });

  test("serves its files for ever, because their names change with them", async () => {
    expect(await get("/console/assets/index-abc.js?v=1")).toMatchObject({
      status: 200,
      headers: {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "public, max-age=31536000, immutable",
      },
      body: Buffer.from("go()"),
    });
  });

  test.each(["index-xyz.js", "../secret.js", "..%2fsecret.js", ".js", "assets", "index-abc.exe", "/etc/passwd", ""])(
    "has no file %j",
    async (name) => {
      expect((await get(`/console/assets/${name}`)).status).toBe(404);
    },
  );

  test("tells the examples and, without a graph, no facts", async () => {
    expect(JSON.parse(String((await get("/console/examples.json")).body))).toEqual([example]);
    expect(JSON.parse(String((await get("/console/facts.json")).body))).toEqual({ products: [], coordinates: {} });
  });

  test("takes GET only", async () => {
    expect(await get("/", "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
  });

  test("says how to build it when it is not built", async () => {
    const answer = await get("/", "GET", join(bundleFolder, "nowhere"));
    expect(answer).toMatchObject({ status: 503, body: expect.stringContaining("npm run build:console") });
  });
});
