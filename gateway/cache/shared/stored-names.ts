/**
 * Names of what is shared. They hold no value of the data: what is asked for, and whose data it is, becomes a digest, keyed
 * where there are keys, so that nobody can try values out.
 */
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto";
import type { KeyRing } from "#policies";
import type { CacheFacts } from "../facts/cache-facts.ts";
import { holdsValues, product as productScope, type as typeScope } from "../fence/scopes.ts";
import type { Subject } from "../subjects/subjects-of.ts";

const digestLength = 22;

/** What of a graph's names is made of personal data. */
export type PersonalNames = Pick<CacheFacts, "hasPersonalKey" | "hasPersonalTag">;

/**
 * The field of a fence for a scope. It is the same in every process whatever its keys are, so a digest in it is not keyed:
 * entities whose keys are personal data have one field for all of a type instead, and tags one for all of a subgraph.
 */
export function fieldOf(scope: string, personal: PersonalNames): string {
  if (!holdsValues(scope)) return scope;
  return isPersonal(scope, personal) ? unnamedField(scope) : digestField(scope);
}

/**
 * The fields that are counted up when a scope is invalidated: whatever another process takes its field to be. No digest is
 * made of what is personal data here; who takes it for anything else holds the field of the entity's type, or of the
 * subgraph, as well.
 */
export function invalidatedFields(scope: string, personal: PersonalNames): readonly string[] {
  if (!holdsValues(scope)) return [scope];
  return [unnamedField(scope), isPersonal(scope, personal) ? broaderField(scope) : digestField(scope)];
}

/** The subgraph that a scope is of; undefined for everything. */
export function ownerOf(scope: string): string | undefined {
  return /^\w:([^\n]*)/.exec(scope)?.[1];
}

function digestField(scope: string): string {
  return scope.slice(0, 2) + hash("sha256", scope, "base64url").slice(0, digestLength);
}

function isPersonal(scope: string, { hasPersonalKey, hasPersonalTag }: PersonalNames): boolean {
  return isTag(scope) ? hasPersonalTag(ownerOf(scope) ?? "") : hasPersonalKey(typeOf(scope));
}

/** `e:orders⏎Order id …` → `y:orders⏎Order`, `g:orders⏎…` → `y:orders` */
function unnamedField(scope: string): string {
  return `y:${scope.slice(2, isTag(scope) ? scope.indexOf("\n") : endOfType(scope))}`;
}

function broaderField(scope: string): string {
  const owner = ownerOf(scope) ?? "";
  return isTag(scope) ? productScope(owner) : typeScope(owner, typeOf(scope));
}

function isTag(scope: string): boolean {
  return scope.startsWith("g:");
}

function typeOf(scope: string): string {
  return scope.slice(scope.indexOf("\n") + 1, endOfType(scope));
}

function endOfType(scope: string): number {
  const end = scope.indexOf(" ", scope.indexOf("\n"));
  return end === -1 ? scope.length : end;
}

/** Of personal data of which nobody knows whose it is. */
export const unidentified = "unidentified";

export class StoredNames {
  readonly #keys: KeyRing | undefined;
  readonly #prepared = new Map<string, KeyObject>();
  #generation = -1;

  constructor(keys: KeyRing | undefined) {
    this.#keys = keys;
  }

  /** Whether digests are keyed. */
  get isKeyed(): boolean {
    return this.#keys?.current("cache") !== undefined;
  }

  /** Of an entry or an answer; the parts are told apart by whoever makes the text. Hot. */
  digest(text: string): string {
    const key = this.#currentKey();
    return key === undefined ? hash("sha256", text, "base64url").slice(0, digestLength) : keyedDigest(key, text);
  }

  /** The index of a person's entries, under the current key; undefined without keys. */
  indexOf(subject: Subject): string | undefined {
    const key = this.#currentKey();
    return key && keyedDigest(key, subject.join("\n"));
  }

  /** The same under every key that there is. */
  indexesOf(subject: Subject): readonly string[] {
    const keys = (this.#keys?.ids ?? []).flatMap((id) => this.#keys?.byId(id, "cache") ?? []);
    return keys.map(({ bytes }) => keyedDigest(createSecretKey(bytes), subject.join("\n")));
  }

  #currentKey(): KeyObject | undefined {
    const keys = this.#keys;
    if (keys === undefined) return undefined;
    if (keys.generation !== this.#generation) {
      this.#prepared.clear();
      this.#generation = keys.generation;
      const current = keys.current("cache");
      if (current !== undefined) this.#prepared.set("current", createSecretKey(current.bytes));
    }
    return this.#prepared.get("current");
  }
}

function keyedDigest(key: KeyObject, text: string): string {
  return createHmac("sha256", key).update(text, "utf8").digest("base64url").slice(0, digestLength);
}
