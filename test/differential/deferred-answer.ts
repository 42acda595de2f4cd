/** An answer that came in parts, put together as a client does it. */
import type { GraphQLError } from "graphql";
import type { ExecutionResult } from "../../gateway/execution/executor.ts";

export interface WholeAnswer {
  readonly data: unknown;
  readonly errors: readonly GraphQLError[];
  /** Fragments that came later. */
  readonly fragments: number;
  /**
   * Nulls that part of the answer has and part of it has not, since they propagate in one of them only: fragments, and
   * fields that several parts ask for. The data are incomplete then.
   */
  readonly nulled: number;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Throws where a fragment does not fit what came before. */
export async function readWhole(result: ExecutionResult): Promise<WholeAnswer> {
  const data: unknown = JSON.parse(result.text ?? "null");
  const errors = [...result.errors];
  let { extensions } = result;
  let fragments = 0;
  let nulled = 0;
  let hasNext = result.deferred !== undefined;
  for await (const payload of result.deferred?.payloads ?? []) {
    if (!hasNext) throw new Error("Something came after the last payload");
    hasNext = payload.hasNext;
    if (Object.keys(payload.extensions).length > 0) ({ extensions } = payload);
    for (const { text, path, errors: further } of payload.fragments) {
      fragments++;
      errors.push(...further);
      const part: unknown = JSON.parse(text);
      const target = valueAt(data, path);
      if (part === null) nulled++;
      // Below a null that another part does not have, nothing fits.
      else if ((target !== undefined && target !== null) || nulled === 0) nulled += mergeInto(target, part);
    }
  }
  if (hasNext) throw new Error("There was no last payload");
  await result.deferred?.ended;
  return { data, errors, fragments, nulled, extensions };
}

function valueAt(data: unknown, path: readonly (string | number)[]): unknown {
  let at: any = data;
  for (const segment of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.hasOwn(at, segment) ? at[segment] : undefined;
  }
  return at;
}

/** Returns how many nulls the two do not share. */
function mergeInto(target: any, part: any): number {
  let differing = 0;
  if (typeof target !== "object" || target === null) throw new Error("A fragment belongs to what is not there");
  if (Array.isArray(target) !== Array.isArray(part)) throw new Error("A list is none");
  for (const key of Object.keys(part)) {
    const value = part[key];
    const known = Object.hasOwn(target, key) ? target[key] : undefined;
    if (known === undefined) {
      Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
    } else if ((value === null) !== (known === null)) differing++;
    else if (typeof value === "object" && value !== null) differing += mergeInto(known, value);
    else if (JSON.stringify(known) !== JSON.stringify(value)) throw new Error(`"${key}" is told in two ways`);
  }
  return differing;
}
