/**
 * The query console: one page and its files, from the server itself and from nowhere else.
 * In: example queries, facts about the schema. Out: routes for `createHttpServer`.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type HttpHandler, type HttpResponse, onlyGet, type Route } from "#http";
import type { ExampleQuery } from "./examples.ts";
import type { SchemaFacts } from "./facts.ts";

export interface ConsoleOptions {
  /** In the order in which they are offered; the first one stands in the editor on a first visit. */
  readonly examples?: readonly ExampleQuery[];
  /** Asked once per page, so that it follows a reload of the graph. */
  readonly facts?: () => SchemaFacts;
  /** Where the bundle lies. Default: `dist` beside this file. */
  readonly bundleFolder?: string;
}

const buildCommand = "npm run build:console";

/**
 * `/`, `/console/assets/*`, `/console/examples.json` and `/console/facts.json`. The page's policy allows no code, style
 * or connection of another origin, and no inline code at all. Without a bundle `/` is 503 and says how to build it.
 */
export function createConsoleRoutes(options: ConsoleOptions = {}): readonly Route[] {
  const bundleFolder = options.bundleFolder ?? join(import.meta.dirname, "dist");
  const noFacts: SchemaFacts = { products: [], coordinates: {} };
  return [
    { path: "/", handler: onlyGet(answerPage(bundleFolder)) },
    { path: "/console/assets/*", handler: onlyGet(answerAsset(join(bundleFolder, "assets"))) },
    { path: "/console/examples.json", handler: onlyGet(answerJson(() => options.examples ?? [])) },
    { path: "/console/facts.json", handler: onlyGet(answerJson(options.facts ?? (() => noFacts))) },
  ];
}

function answerPage(bundleFolder: string): HttpHandler {
  return async () => {
    const page = await readOrUndefined(join(bundleFolder, "index.html"));
    if (page === undefined) {
      return {
        status: 503,
        headers: { ...securityHeaders(""), "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
        body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>datamesh console</title>
<h1>The console is not built</h1>
<p>Build it with <code>${buildCommand}</code> and load this page again. Queries are answered without it: POST /graphql.</p>
</html>`,
      };
    }
    const nonce = randomBytes(16).toString("base64");
    return {
      status: 200,
      headers: { ...securityHeaders(nonce), "content-type": "text/html; charset=utf-8", "cache-control": "no-store" },
      body: page.toString("utf8").replace("%CSP_NONCE%", nonce),
    };
  };
}

function securityHeaders(nonce: string): Readonly<Record<string, string>> {
  return {
    "content-security-policy": [
      "default-src 'none'",
      "script-src 'self'",
      // The editor makes its style sheets at run time, with this page's nonce.
      `style-src 'self'${nonce === "" ? "" : ` 'nonce-${nonce}'`}`,
      // Its marks under faulty text are data: images.
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}

const mediaTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  map: "application/json",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};

/** Names that the bundler writes: nothing with a slash or a leading dot reaches the file system. */
const assetName = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*\.([a-z0-9]+)$/;

function answerAsset(folder: string): HttpHandler {
  return async ({ url }) => {
    const name = url.split("?", 1)[0]?.split("/console/assets/")[1] ?? "";
    const mediaType = mediaTypes[assetName.exec(name)?.[1] ?? ""];
    const bytes = mediaType === undefined ? undefined : await readOrUndefined(join(folder, name));
    if (mediaType === undefined || bytes === undefined) {
      return { status: 404, headers: { "content-type": "text/plain", "cache-control": "no-store" }, body: "Not found" };
    }
    return {
      status: 200,
      headers: {
        "content-type": mediaType,
        // The name changes with the content.
        "cache-control": "public, max-age=31536000, immutable",
        "x-content-type-options": "nosniff",
      },
      body: bytes,
    };
  };
}

function answerJson(read: () => unknown): HttpHandler {
  return (): Promise<HttpResponse> =>
    Promise.resolve({
      status: 200,
      headers: {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      },
      body: JSON.stringify(read()),
    });
}

async function readOrUndefined(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "EISDIR"))
      return undefined;
    throw error;
  }
}
