/**
 * The mesh's secret keys, by purpose.
 *
 * A ring holds master keys, each with an id, newest last. Nobody uses a master key itself: what a key is for (`hash`,
 * `seal` …) and what separates one use from another (a caller's purpose, a product) go into HKDF-SHA-256 (RFC 5869), so
 * that a key of one purpose says nothing about a key of another. New values are made with the newest master key; older
 * ones keep opening what was made with them, until they are taken out of the ring.
 */
import { hkdfSync } from "node:crypto";
import type { MasterKey } from "./master-keys.ts";

/** What keys are for. A purpose names one way of using a key; two purposes never share one. */
export type KeyPurpose =
  | "hash"
  | "tokenise"
  | "vault"
  | "pseudonymise"
  | "encrypt"
  | "format-preserving"
  | "noise"
  | "seal"
  | "erasure"
  | "audit"
  | "cache";

export interface Key {
  /** Of its master key; safe to write beside what was made with it. */
  readonly id: string;
  /** 256 bits. */
  readonly bytes: Buffer;
}

export interface KeyRing {
  /** Counts up whenever the keys have changed. What was made of a key is made anew then. */
  readonly generation: number;
  /** Ids of the master keys, newest last. */
  readonly ids: readonly string[];
  /** The newest key for a purpose; undefined when the ring is empty. Hot: derived once. */
  current(purpose: KeyPurpose, separation?: string): Key | undefined;
  /** An older key, to open what was made with it; undefined when the ring no longer has it. */
  byId(id: string, purpose: KeyPurpose, separation?: string): Key | undefined;
}

/** A ring whose master keys can be replaced while it is used. */
export interface ReplaceableKeyRing extends KeyRing {
  replace(masters: readonly MasterKey[]): void;
}

/** Guarantees equal keys for equal master keys, purposes and separations, in every process. */
export function createKeyRing(masters: readonly MasterKey[]): ReplaceableKeyRing {
  let kept = masters;
  let generation = 0;
  const derived = new Map<string, Key>();

  function derive(master: MasterKey, purpose: KeyPurpose, separation: string): Key {
    const name = `${master.id}\n${purpose}\n${separation}`;
    let key = derived.get(name);
    if (key === undefined) {
      // Separations are purposes and products of this mesh: few. Whatever else comes must not fill the memory.
      if (derived.size >= maxDerived) derived.clear();
      const info = `datamesh\n${purpose}\n${separation}`;
      key = { id: master.id, bytes: Buffer.from(hkdfSync("sha256", master.secret, Buffer.alloc(0), info, 32)) };
      derived.set(name, key);
    }
    return key;
  }

  return {
    get generation() {
      return generation;
    },
    get ids() {
      return kept.map(({ id }) => id);
    },
    current(purpose, separation = "") {
      const newest = kept.at(-1);
      return newest === undefined ? undefined : derive(newest, purpose, separation);
    },
    byId(id, purpose, separation = "") {
      const master = kept.find((candidate) => candidate.id === id);
      return master === undefined ? undefined : derive(master, purpose, separation);
    },
    replace(next) {
      const isSame =
        next.length === kept.length &&
        next.every(({ id, secret }, index) => id === kept[index]?.id && secret.equals(kept[index].secret));
      if (isSame) return;
      kept = next;
      derived.clear();
      generation++;
    },
  };
}

const maxDerived = 10_000;
