/** A notice as plain data, for whatever carries no maps. */
import type { AnnouncedVersion } from "../fence/known-versions.ts";
import type { Subject } from "../subjects/subjects-of.ts";
import type { Notice } from "./coherence.ts";

export interface SentNotice {
  readonly scopes: readonly string[];
  readonly versions: readonly (readonly [string, AnnouncedVersion])[];
  readonly forgotten?: readonly Subject[];
}

export function writeNotice({ scopes, versions, forgotten }: Notice): SentNotice {
  return { scopes, versions: [...versions], ...(forgotten === undefined ? {} : { forgotten }) };
}

/** Undefined for what is none. */
export function readNotice(sent: unknown): Notice | undefined {
  if (typeof sent !== "object" || sent === null) return undefined;
  const { scopes, versions, forgotten } = sent as { readonly [K in keyof SentNotice]?: unknown };
  if (!isListOf(scopes, (scope) => typeof scope === "string")) return undefined;
  if (!isListOf(versions, isVersion)) return undefined;
  if (forgotten === undefined) return { scopes, versions: new Map(versions) };
  return isListOf(forgotten, isSubject) ? { scopes, versions: new Map(versions), forgotten } : undefined;
}

function isListOf<T>(value: unknown, isOne: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isOne);
}

function isVersion(value: unknown): value is [string, AnnouncedVersion] {
  if (!Array.isArray(value) || typeof value[0] !== "string") return false;
  const announced: unknown = value[1];
  if (typeof announced !== "object" || announced === null) return false;
  const { version, at } = announced as { readonly [K in keyof AnnouncedVersion]?: unknown };
  return typeof version === "number" && typeof at === "number";
}

function isSubject(value: unknown): value is Subject {
  return Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "string";
}
