/**
 * A source behind HTTP, fetched only when it changed (RFC 9110, section 13: ETag and Last-Modified). Only loopback and
 * configured hosts are asked, for every hop of a redirect: a manifest must not make the platform reach where it can and
 * its author cannot.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { request } from "undici";
import { platformError } from "../errors.ts";
import { hashFile, type KnownFile, type LocateOptions, type SourceFile } from "./source-file.ts";

const maxRedirects = 5;
const maxSourceBytes = 2 * 1024 ** 3;
const timeoutMs = 30_000;

/** Raises `INPUT_NOT_ALLOWED` and `INPUT_UNAVAILABLE`. */
export async function fetchSource(url: URL, known: KnownFile | undefined, options: LocateOptions): Promise<SourceFile> {
  const name = url.href;
  const path = join(options.downloadFolder, createHash("sha256").update(name).digest("hex").slice(0, 32));
  const conditions: Record<string, string> = {};
  if (known?.details.etag !== undefined) conditions["if-none-match"] = known.details.etag;
  else if (known?.details.lastModified !== undefined) conditions["if-modified-since"] = known.details.lastModified;

  let at = url;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    assertAllowed(at, options.allowedHosts, name);
    const { statusCode, headers, body } = await request(at, {
      headers: { accept: "*/*", ...conditions },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }).catch((cause: unknown) => {
      options.signal?.throwIfAborted();
      throw platformError(
        "INPUT_UNAVAILABLE",
        `Source ${printUrl(url)} does not answer. The published version stays.`,
        {
          cause,
        },
      );
    });
    if (statusCode === 304 && known !== undefined) {
      await body.dump();
      return { path, name, ...known };
    }
    const location = headers.location;
    if (statusCode >= 300 && statusCode < 400 && typeof location === "string") {
      await body.dump();
      at = new URL(location, at);
      continue;
    }
    if (statusCode !== 200) {
      await body.dump();
      throw platformError(
        "INPUT_UNAVAILABLE",
        `Source ${printUrl(url)} answered with status ${statusCode} instead of 200. The published version stays.`,
      );
    }
    await mkdir(options.downloadFolder, { recursive: true });
    try {
      await pipeline(body, limitBytes(maxSourceBytes, printUrl(url)), createWriteStream(path), {
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
    } catch (cause) {
      await rm(path, { force: true });
      options.signal?.throwIfAborted();
      throw platformError("INPUT_UNAVAILABLE", `Source ${printUrl(url)} broke off. The published version stays.`, {
        cause,
      });
    }
    return {
      path,
      name,
      fingerprint: await hashFile(path),
      details: { etag: one(headers.etag), lastModified: one(headers["last-modified"]) },
    };
  }
  throw platformError("INPUT_UNAVAILABLE", `Source ${printUrl(url)} redirects more than ${maxRedirects} times.`);
}

function assertAllowed(url: URL, allowedHosts: readonly string[], source: string): void {
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i.test(url.hostname);
  if (isLoopback || allowedHosts.includes(url.host) || allowedHosts.includes(url.hostname)) return;
  throw platformError(
    "INPUT_NOT_ALLOWED",
    `Source ${printUrl(new URL(source))} leads to host "${url.hostname}", which is not allowed. Add it to the mesh's allowed hosts if products may read from it.`,
  );
}

/** A URL without what may be secret in it. */
function printUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function limitBytes(maxBytes: number, source: string): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(new Error(`${source} is larger than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}
