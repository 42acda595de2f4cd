import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { chooseEncoding, withCompression } from "./compression.ts";
import type { HttpHandler } from "./message.ts";
import { request } from "./schema-service.fixture.ts";

const text = JSON.stringify({ data: "row ".repeat(1000) });
const answering =
  (body: string | Uint8Array, headers: Record<string, string> = { "content-type": "application/json" }): HttpHandler =>
  async () => ({ status: 200, headers, body });
const accepting = (encoding: string) => request({ headers: { "accept-encoding": encoding } });

describe("compression", () => {
  test("shrinks a long text and can be undone", async () => {
    const handler = withCompression(answering(text));
    const br = await handler(accepting("gzip, br"));
    expect(br.headers).toMatchObject({ "content-encoding": "br", vary: "accept-encoding" });
    expect(brotliDecompressSync(br.body).toString()).toBe(text);
    const gz = await handler(accepting("gzip"));
    expect(gz.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gz.body).toString()).toBe(text);
  });

  test("leaves a long text alone for who cannot read it, and says that it varies", async () => {
    const response = await withCompression(answering(text))(accepting("identity"));
    expect(response.headers["content-encoding"]).toBeUndefined();
    expect(response.headers.vary).toBe("accept-encoding");
    expect(Buffer.from(response.body).toString()).toBe(text);
  });

  test.each<[string, HttpHandler]>([
    ["a short one", answering("{}")],
    ["one that is no text", answering(Buffer.from(text), { "content-type": "font/woff2" })],
    ["one already encoded", answering(text, { "content-type": "text/css", "content-encoding": "gzip" })],
    ["one that forbids it", answering(text, { "content-type": "text/css", "cache-control": "no-transform" })],
  ])("passes %s through", async (_name, handler) => {
    expect(await withCompression(handler)(accepting("br"))).toEqual(await handler(accepting("br")));
  });

  test.each([
    [undefined, undefined],
    ["", undefined],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip;q=1.0, br;q=0.5", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["*", "br"],
    ["*;q=0", undefined],
    ["deflate", undefined],
    ["br;q=junk", undefined],
  ])("reads %j as %s", (header, expected) => {
    expect(chooseEncoding(header)).toBe(expected);
  });
});
