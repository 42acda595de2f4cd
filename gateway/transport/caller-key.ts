import type { Caller } from "#policies";

const keyByCaller = new WeakMap<Caller, string>();
let unequalled = 0;

/**
 * Equal for callers whom nothing in the gateway or in a subgraph can tell apart: the same principal with the same rights,
 * claims and purpose. A caller with a claim that is no plain JSON equals only itself, since its text could say less than it.
 */
export function callerKey(caller: Caller): string {
  const known = keyByCaller.get(caller);
  if (known !== undefined) return known;
  const { id, kind, roles, purposes, attributes } = caller.principal;
  const parts = [caller.purpose ?? null, id, kind, roles, purposes, attributes];
  const key = isJson(parts) ? JSON.stringify(parts) : `#${unequalled++}`;
  keyByCaller.set(caller, key);
  return key;
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (Array.isArray(value)) return Object.keys(value).length === value.length && value.every(isJson);
  if (typeof value !== "object" || typeof (value as { toJSON?: unknown }).toJSON === "function") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every(isJson) && Object.getOwnPropertySymbols(value).length === 0;
}
