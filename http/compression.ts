/** Compressed answers (RFC 9110, section 12.5.3), as a layer around any handler. */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { LRUCache } from "lru-cache";
import { addToList, type HttpHandler } from "./message.ts";

export interface CompressionOptions {
  /** Smaller bodies are sent as they are: compressing them costs more than it saves. Default 1024. */
  readonly thresholdBytes?: number;
}

const compressible = /^(?:text\/|application\/(?:[\w.+-]*\+)?(?:json|javascript|xml)\b|image\/svg\+xml)/;

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

const encoders = {
  // Level 4: within a few per cent of the best size for JSON, at a tenth of the time.
  br: (bytes: Uint8Array) =>
    brotliAsync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength },
    }),
  gzip: (bytes: Uint8Array) => gzipAsync(bytes, { level: 5 }),
} as const;

/**
 * Compresses text bodies over the threshold with brotli or gzip when the client accepts it, in the thread pool.
 * A body that already has an encoding or says `no-transform` passes through.
 */
export function withCompression(handler: HttpHandler, options: CompressionOptions = {}): HttpHandler {
  const thresholdBytes = options.thresholdBytes ?? 1024;
  return async (request) => {
    const response = await handler(request);
    const { headers, body, more } = response;
    // What is sent as it is made would wait in an encoder until there is enough of it.
    if (more !== undefined) return response;
    if (isShorterThan(body, thresholdBytes)) return response;
    if (!compressible.test(headers["content-type"] ?? "") || headers["content-encoding"] !== undefined) return response;
    if ((headers["cache-control"] ?? "").includes("no-transform")) return response;
    const varied = { ...headers, vary: addToList(headers.vary, "accept-encoding") };
    const encoding = chooseEncoding(request.headers.get("accept-encoding"));
    if (encoding === undefined) return { ...response, headers: varied };
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    const compressed = response.isKept ? compressedOnce(bytes, encoding) : encoders[encoding](bytes);
    return {
      ...response,
      headers: { ...varied, "content-encoding": encoding },
      body: compressed instanceof Promise ? await compressed : compressed,
    };
  };
}

/** With the bytes that it was made of, as long as somebody has those. */
const compressedByBody = new WeakMap<Uint8Array, Map<string, Uint8Array | Promise<Uint8Array>>>();

function compressedOnce(bytes: Uint8Array, encoding: keyof typeof encoders): Uint8Array | Promise<Uint8Array> {
  let byEncoding = compressedByBody.get(bytes);
  if (byEncoding === undefined) {
    byEncoding = new Map();
    compressedByBody.set(bytes, byEncoding);
  }
  const known = byEncoding.get(encoding);
  if (known !== undefined) return known;
  const compressing = encoders[encoding](bytes);
  byEncoding.set(encoding, compressing);
  const forms = byEncoding;
  compressing.then(
    (compressed) => void forms.set(encoding, compressed),
    () => void forms.delete(encoding),
  );
  return compressing;
}

/** A UTF-16 code unit makes at most three bytes of UTF-8, so most texts need not be measured. */
function isShorterThan(body: string | Uint8Array, bytes: number): boolean {
  if (typeof body !== "string") return body.byteLength < bytes;
  return body.length * 3 < bytes || (body.length < bytes && Buffer.byteLength(body) < bytes);
}

/** The client's best of the two, brotli between equals; undefined for `identity`, also where nothing else is allowed. */
export function chooseEncoding(acceptEncoding: string | undefined): keyof typeof encoders | undefined {
  if (acceptEncoding === undefined) return undefined;
  const known = chosen.get(acceptEncoding);
  if (known !== undefined) return known === "identity" ? undefined : known;
  const encoding = chooseNow(acceptEncoding);
  chosen.set(acceptEncoding, encoding ?? "identity");
  return encoding;
}

/** Clients send the same few headers with every request. */
const chosen = new LRUCache<string, keyof typeof encoders | "identity">({ max: 100 });

function chooseNow(acceptEncoding: string): keyof typeof encoders | undefined {
  const qualities = new Map<string, number>();
  for (const part of acceptEncoding.split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const weight = parameters.find((text) => text.startsWith("q="))?.slice(2) ?? "1";
    const quality = Number(weight);
    if (name !== "" && quality >= 0 && quality <= 1) qualities.set(name, quality);
  }
  const br = qualities.get("br") ?? qualities.get("*") ?? 0;
  const gz = qualities.get("gzip") ?? qualities.get("x-gzip") ?? qualities.get("*") ?? 0;
  if (br === 0 && gz === 0) return undefined;
  return br >= gz ? "br" : "gzip";
}
