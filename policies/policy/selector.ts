/** Which coordinates a policy speaks about. */
import type { GovernedCoordinate } from "../decision.ts";
import type { Selector } from "./model.ts";

/** A selector, ready to be asked. */
export interface CompiledSelector {
  /** Whether it selects the coordinate. */
  selects(coordinate: GovernedCoordinate): boolean;
  /** Whether it may select coordinates with these attributes, whatever they are called. */
  selectsAttributes(attributes: CoordinateAttributes): boolean;
  /** Whether it may select coordinates of this name, whatever their attributes are. */
  selectsName(coordinate: string): boolean;
}

type CoordinateAttributes = Pick<GovernedCoordinate, "pii" | "classification" | "domain" | "product" | "tags">;

/**
 * Guarantees that exactly the coordinates are selected that match every key of the selector by at least one of the key's
 * values. A coordinate without personal data matches no `pii` key, one without classification no `classification` key.
 */
export function compileSelector(selector: Selector): CompiledSelector {
  const tests: ((attributes: CoordinateAttributes) => boolean)[] = [];
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
  const pattern = coordinate === undefined ? undefined : coordinatePattern(coordinate);

  const selectsAttributes = (attributes: CoordinateAttributes): boolean => tests.every((test) => test(attributes));
  const selectsName = (name: string): boolean => pattern === undefined || pattern.test(name);
  return { selectsAttributes, selectsName, selects: (it) => selectsName(it.coordinate) && selectsAttributes(it) };
}

/** What a coordinate pattern looks like: two names, `*` allowed in each. */
export const coordinatePatternSyntax: RegExp = /^[_A-Za-z*][_0-9A-Za-z*]*\.[_A-Za-z*][_0-9A-Za-z*]*$/;

function coordinatePattern(patterns: readonly string[]): RegExp {
  // The syntax above lets only name characters, one dot and `*` in, so nothing else needs escaping.
  const sources = patterns.map((pattern) => pattern.replace(".", "[.]").replaceAll("*", "[_0-9A-Za-z]*"));
  return new RegExp(`^(?:${sources.join("|")})$`);
}
