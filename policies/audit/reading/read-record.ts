/** One line of a chain, as it was found. */
import { canonical, linkHash } from "../chain.ts";

export interface ReadAuditRecord {
  readonly kind: "record";
  readonly chain: string;
  readonly sequence: number;
  readonly previous: string;
  readonly hash: string;
  /** The hash is the one that this content has behind `previous`. */
  readonly fits: boolean;
  /** `access`, `checkpoint`, `repaired`. */
  readonly type: string;
  /** Everything that it says. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** Never throws: what is no record of a chain is `unreadable`. */
export function readRecord(line: string): ReadAuditRecord | { readonly kind: "unreadable" } {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return { kind: "unreadable" };
    const { hash, ...content } = value as Readonly<Record<string, unknown>>;
    const { chain, sequence, previous, kind } = content;
    if (typeof hash !== "string" || typeof chain !== "string" || typeof previous !== "string") {
      return { kind: "unreadable" };
    }
    if (typeof sequence !== "number" || !Number.isSafeInteger(sequence) || typeof kind !== "string") {
      return { kind: "unreadable" };
    }
    const fits = linkHash(previous, canonical(content)) === hash;
    return { kind: "record", chain, sequence, previous, hash, fits, type: kind, content };
  } catch {
    return { kind: "unreadable" };
  }
}
