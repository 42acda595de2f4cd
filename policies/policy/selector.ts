/** Which coordinates a policy speaks about. */
import type { GovernedCoordinate } from "../decision.ts";
import type { Selector } from "./model.ts";

/** A selector, ready to be asked. */
export interface CompiledSelector {
  /** Whether it selects the coordinate. */
  selects(coordinate: GovernedCoordinate): boolean;
  /** One key of which each selected coordinate has one of the values; undefined when there is none to look up by. */
  readonly narrowing: Narrowing | undefined;
}

/** `type`: the part of the coordinate before the dot. */
export interface Narrowing {
  readonly key: "type" | "product" | "tags" | "pii" | "domain";
  readonly values: readonly string[];
}

/**
 * Guarantees that exactly the coordinates are selected that match every key of the selector by at least one of the key's
 * values. A coordinate without personal data matches no `pii` key, one without classification no `classification` key.
 */
export function compileSelector(selector: Selector): CompiledSelector {
  const tests: ((it: GovernedCoordinate) => boolean)[] = [];
  const { pii, classification, domain, product, tags, coordinate } = selector;
  if (pii !== undefined) {
    const anyCategory = pii.includes("*");
    tests.push((it) => (anyCategory ? it.pii.length > 0 : it.pii.some((category) => pii.includes(category))));
  }
  if (classification !== undefined) {
    const levels: readonly (string | undefined)[] = classification;
    tests.push((it) => levels.includes(it.classification));
  }
  if (domain !== undefined) tests.push((it) => domain.includes(it.domain));
  if (product !== undefined) tests.push((it) => product.includes(it.product));
  if (tags !== undefined) tests.push((it) => (it.tags ?? []).some((tag) => tags.includes(tag)));
  if (coordinate !== undefined) {
    const pattern = coordinatePattern(coordinate);
    tests.push((it) => pattern.test(it.coordinate));
  }
  return { selects: (it) => tests.every((test) => test(it)), narrowing: narrowingOf(selector) };
}

/** The key that is likely to leave the fewest. */
function narrowingOf({ coordinate, product, tags, pii, domain }: Selector): Narrowing | undefined {
  const types = coordinate?.map((pattern) => pattern.slice(0, pattern.indexOf(".")));
  if (types?.every((type) => !type.includes("*"))) return { key: "type", values: types };
  if (product !== undefined) return { key: "product", values: product };
  if (tags !== undefined) return { key: "tags", values: tags };
  if (pii !== undefined && !pii.includes("*")) return { key: "pii", values: pii };
  return domain === undefined ? undefined : { key: "domain", values: domain };
}

/** What a coordinate pattern looks like: two names, `*` allowed in each. */
export const coordinatePatternSyntax: RegExp = /^[_A-Za-z*][_0-9A-Za-z*]*\.[_A-Za-z*][_0-9A-Za-z*]*$/;

function coordinatePattern(patterns: readonly string[]): RegExp {
  // The syntax above lets only name characters, one dot and `*` in, so nothing else needs escaping.
  const sources = patterns.map((pattern) => pattern.replace(".", "[.]").replaceAll("*", "[_0-9A-Za-z]*"));
  return new RegExp(`^(?:${sources.join("|")})$`);
}
