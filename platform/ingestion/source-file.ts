/** A source of a batch input as one file, with what tells whether it changed. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

export interface SourceFile {
  /** Where its bytes are now. */
  readonly path: string;
  /** What findings, the ledger and quarantine call it; the same on every machine. */
  readonly name: string;
  /** Changes when the content does. */
  readonly fingerprint: string;
  /** What the next look needs to skip reading it: size and time of a file, validators of a URL. */
  readonly details: FileDetails;
}

export interface FileDetails {
  readonly size?: number | undefined;
  readonly mtimeMs?: number | undefined;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

export interface KnownFile {
  readonly fingerprint: string;
  readonly details: FileDetails;
}

export interface LocateOptions {
  /** The product's folder. */
  readonly folder: string;
  /** Hosts that may be asked beside loopback: `data.example.org` or `data.example.org:8443`. */
  readonly allowedHosts: readonly string[];
  /** Where downloads are put. */
  readonly downloadFolder: string;
  readonly signal: AbortSignal | undefined;
}

/** SHA-256 of a file's bytes, in hexadecimal. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path)) hash.update(bytes as Uint8Array);
  return hash.digest("hex");
}
