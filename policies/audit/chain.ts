/**
 * The hash chain. A record's hash is SHA-256 over the hash before it and the record's canonical JSON (RFC 8785, without
 * its own hash); the first one follows a hash that depends on the chain's id alone. So a record cannot be changed, taken
 * out, added or moved without breaking the link behind it, and who rewrites everything behind it cannot sign the next
 * checkpoint.
 */
import { hash as digest } from "node:crypto";
import canonicalize from "canonicalize";
import type { AuditSigner } from "./signer.ts";

/** Where a chain stands: the last record's sequence and hash; 0 and the genesis hash for an empty one. */
export interface ChainHead {
  readonly chain: string;
  readonly sequence: number;
  /** Hexadecimal. */
  readonly hash: string;
}

/** What is appended: an access, already as plain data, or a checkpoint, which is signed when its place is known. */
export type AuditEntry =
  | { readonly kind: "access" | "repaired"; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: "checkpoint"; readonly time: string };

export interface LinkedEntries {
  /** One JSON text per entry, without line breaks in it. */
  readonly lines: readonly string[];
  readonly head: ChainHead;
  /** The last checkpoint's head among the entries. */
  readonly checkpoint: ChainHead | undefined;
}

export function genesis(chain: string): ChainHead {
  return { chain, sequence: 0, hash: sha256(`datamesh audit chain ${chain}`) };
}

/** Guarantees the same lines for the same head, entries and key. */
export async function linkEntries(
  head: ChainHead,
  entries: readonly AuditEntry[],
  signer: AuditSigner,
): Promise<LinkedEntries> {
  const lines: string[] = [];
  let at = head;
  let checkpoint: ChainHead | undefined;
  for (const entry of entries) {
    const body = entry.kind === "checkpoint" ? await signCheckpoint(at, entry.time, signer) : entry.body;
    const { chain, sequence, hash: previous } = at;
    const text = printMembers({ ...body, kind: entry.kind, chain, sequence: sequence + 1, previous });
    const hash = linkHash(at.hash, text);
    lines.push(`{"hash":"${hash}",${text.slice(1)}`);
    at = { chain: at.chain, sequence: at.sequence + 1, hash };
    if (entry.kind === "checkpoint") checkpoint = at;
  }
  return { lines, head: at, checkpoint };
}

/** The hash that a record with this canonical text must have behind `previous`. */
export function linkHash(previous: string, text: string): string {
  return digest("sha256", Buffer.concat([Buffer.from(previous, "hex"), Buffer.from(text)]), "hex");
}

/** RFC 8785. Throws for what JSON cannot say. */
export function canonical(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("There is no JSON for this value");
  return text;
}

/** A value that is the same in many records, printed once. */
export class CanonicalText {
  readonly text: string;
  constructor(value: unknown) {
    this.text = canonical(value);
  }
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The canonical text of an object whose members may be printed already: RFC 8785 sorts its keys by UTF-16 code units. */
function printMembers(body: Readonly<Record<string, unknown>>): string {
  const members: string[] = [];
  for (const key of Object.keys(body).sort()) {
    const value = body[key];
    members.push(`${JSON.stringify(key)}:${value instanceof CanonicalText ? value.text : canonical(value)}`);
  }
  return `{${members.join(",")}}`;
}

/** What a checkpoint's signature is about: all records up to and including `head`. */
export function checkpointStatement({ chain, sequence, hash }: ChainHead, time: string): string {
  return canonical({ type: "datamesh audit checkpoint", chain, sequence, hash, time });
}

async function signCheckpoint(
  head: ChainHead,
  time: string,
  signer: AuditSigner,
): Promise<Readonly<Record<string, unknown>>> {
  return { time, kid: signer.kid, signature: await signer.sign(checkpointStatement(head, time)) };
}

function sha256(text: string): string {
  return digest("sha256", text, "hex");
}
