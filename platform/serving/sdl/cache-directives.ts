/**
 * `cache` of a table output as `@cacheControl`: on every type that is generated around the table, so that whatever is asked of
 * it lives as long as the manifest says, and what is asked of several tables as long as the shortest of them.
 */
import type { ForeignType, ServedProduct, ServedTable } from "../model/served-table.ts";
import { directive } from "./text.ts";

export function isKept({ cache }: ServedTable): boolean {
  return cache !== undefined;
}

/** On the types of the table's rows and of what is made of them. */
export function tableLifetime({ cache }: ServedTable): string {
  if (cache === undefined) return "";
  const { maxAgeSeconds, scope } = cache;
  return ` @cacheControl(maxAge: ${maxAgeSeconds}${scope === "private" ? ", scope: PRIVATE" : ""})`;
}

/** On a field that returns an object whose values come from the object that has the field. */
export const inheritedLifetime: string = directive("cacheControl", { inheritMaxAge: true });

/**
 * On another product's entity: its key changes never, so it lives as long as the longest of the tables that this product
 * adds to it, and each of their connections limits it to its own.
 */
export function foreignTypeLifetime(product: ServedProduct, { toMany }: ForeignType): string {
  const ages = toMany.flatMap(({ output }) => product.tableByOutput.get(output)?.cache?.maxAgeSeconds ?? []);
  return ages.length === 0 ? "" : directive("cacheControl", { maxAge: Math.max(...ages) });
}
