/**
 * Who was erased, in a form that tells nobody who that is: keyed digests, one line each in a file of the state folder.
 *
 *   {"erasure":"<id>","at":"2026-11-22T…","identity":"customers/customers.customer_id","key":"k1","digest":"<HMAC>"}
 *
 * Every publish leaves out the rows that a tombstone names, so that no source brings a person back.
 */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { KeyRing } from "#policies";
import { platformError } from "../errors.ts";
import type { Identity } from "./identities.ts";

/** Who was erased. */
export interface Matchers {
  /**
   * Tells whether a value was erased; undefined when none of this identity was. Raises `ERASURE_KEY_MISSING`: without
   * the key nobody knows who must not come back, so nothing may be published.
   */
  matcher(identity: Identity): ((value: string) => boolean) | undefined;
}

export interface Tombstones extends Matchers {
  /** What is new when a tombstone for one of these identities is: the empty text without any. */
  fingerprint(identities: Iterable<Identity>): string;
  /** Guarantees that they are on the disk. Raises `ERASURE_KEY_MISSING` when there is no key to make them with. */
  add(erasure: string, at: Date, erased: ReadonlyMap<Identity, ReadonlySet<string>>): Promise<void>;
  /** The digest by which a receipt names a person. */
  digest(identity: Identity, value: string): string;
}

interface Tombstone {
  readonly identity: string;
  readonly key: string;
  readonly digest: string;
}

export function openTombstones(file: string, keys: KeyRing): Tombstones {
  let text = "";
  let kept: readonly Tombstone[] = [];

  /** Another process may have added some: the file is small and read as it is now. */
  const read = (): readonly Tombstone[] => {
    let now: string;
    try {
      now = readFileSync(file, "utf8");
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
      now = "";
    }
    if (now !== text) {
      kept = now.split("\n").flatMap((line, index) => (line === "" ? [] : [parse(line, file, index + 1)]));
      text = now;
    }
    return kept;
  };

  const digestWith = (keyId: string | undefined, identity: Identity, value: string): Tombstone => {
    const key = keyId === undefined ? keys.current("erasure") : keys.byId(keyId, "erasure");
    if (key === undefined) {
      throw platformError(
        "ERASURE_KEY_MISSING",
        keyId === undefined
          ? "There is no key for tombstones. `datamesh keys rotate` makes one."
          : `The key ring no longer has the key ${keyId}, without which nobody knows who was erased. Restore the ring.`,
      );
    }
    const digest = createHmac("sha256", key.bytes).update(`${identity}\n${value}`).digest("base64url");
    return { identity, key: key.id, digest };
  };

  return {
    fingerprint(identities) {
      const wanted = new Set(identities);
      return read()
        .filter(({ identity }) => wanted.has(identity))
        .map(({ digest }) => digest)
        .join(" ");
    },
    matcher(identity) {
      const own = read().filter((tombstone) => tombstone.identity === identity);
      if (own.length === 0) return undefined;
      const digests = new Set(own.map(({ digest }) => digest));
      const keyIds = [...new Set(own.map(({ key }) => key))];
      for (const keyId of keyIds) digestWith(keyId, identity, "");
      return (value) => keyIds.some((keyId) => digests.has(digestWith(keyId, identity, value).digest));
    },
    async add(erasure, at, erased) {
      const known = new Set(read().map(({ identity, digest }) => `${identity} ${digest}`));
      const lines: string[] = [];
      for (const [identity, values] of erased) {
        for (const value of values) {
          const tombstone = digestWith(undefined, identity, value);
          if (known.has(`${identity} ${tombstone.digest}`)) continue;
          lines.push(`${JSON.stringify({ erasure, at: at.toISOString(), ...tombstone })}\n`);
        }
      }
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await appendFile(file, lines.join(""), { mode: 0o600, flush: true });
    },
    digest: (identity, value) => digestWith(undefined, identity, value).digest,
  };
}

function parse(line: string, file: string, number: number): Tombstone {
  try {
    const { identity, key, digest } = JSON.parse(line) as Record<string, unknown>;
    if (typeof identity === "string" && typeof key === "string" && typeof digest === "string") {
      return { identity, key, digest };
    }
  } catch {
    // Told below.
  }
  throw platformError(
    "TOMBSTONES_UNREADABLE",
    `${file}:${number} is no tombstone. Who was erased must not come back, so nothing is published: restore the file.`,
  );
}
