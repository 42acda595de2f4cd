/**
 * What is wrong with a set of policies as a whole, or with policies and the graph they are to govern. Each finding is one
 * of these:
 *
 * - `duplicate-policy` (error): explanations and audits name policies.
 * - `policy-matches-nothing`: it protects nothing, most often because of a typing mistake.
 * - `policy-without-effect`: wherever it holds, a stricter one always does.
 * - `row-filter-without-column`: a type whose rows it filters has no such column, so nobody to whom it speaks sees one.
 * - `policy-expired`, `waiver-expired`: it has no effect any more.
 * - `waiver-matches-nothing`: it selects nothing that its policy selects.
 * - `local-policy-loosens`: what a product's own policy allows lifts nothing that the mesh says.
 * - `local-policy-selects-others`: a product's own policy selects nothing of other products.
 * - `unknown-attribute`: a condition asks for a claim that no configured issuer gives, so it denies.
 */
import type { Finding } from "#schema";
import { camelCase, didYouMean } from "#schema";
import { ownSelector } from "../compile-policies.ts";
import type { GovernedCoordinate } from "../decision.ts";
import { isFault, parseExpression } from "../expression/expression.ts";
import { findShadowed } from "./find-shadowed.ts";
import type { Policy } from "./model.ts";
import { compileSelector } from "./selector.ts";
import { indexSelectors } from "./selector-index.ts";

export interface LintOptions {
  /** Attributes that principals can have; any when it is left out. */
  readonly attributes?: ReadonlySet<string> | undefined;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: number;
}

/**
 * Guarantees findings with the place of the policy that they are about. All are warnings unless it says otherwise above.
 *
 * @param coordinates every coordinate of the graph with what is known of it.
 */
export function lintPolicies(
  policies: readonly Policy[],
  coordinates: readonly GovernedCoordinate[],
  { attributes, now = Date.now() }: LintOptions = {},
): readonly Finding[] {
  const demanded = new Set(coordinates.flatMap(({ demands }) => demands?.policies.flat(2) ?? []));
  const selectedBy = selectAll(policies, coordinates);
  const known = attributeValues(coordinates);
  return [
    ...findDuplicates(policies),
    ...policies.flatMap((policy) => {
      const selected = selectedBy.get(policy) ?? [];
      // `@policy` in the schema names a policy instead of being selected by it.
      const unused = selected.length === 0 && !demanded.has(policy.name);
      return [
        ...(unused ? [matchesNothing(policy, known)] : []),
        ...lintTerms(policy, selected, coordinates, now),
        ...lintLocal(policy),
        ...lintFilter(policy, selected, coordinates),
        ...lintAttributes(policy, attributes),
      ];
    }),
    ...findShadowed(selectedBy).map(({ policy, by }) =>
      warn(
        policy,
        "policy-without-effect",
        "effect",
        `The policy ${policy.name} changes nothing: wherever it holds, ${by} hides as much or more.`,
      ),
    ),
  ];
}

/** By policy, the coordinates that it selects. */
function selectAll(
  policies: readonly Policy[],
  coordinates: readonly GovernedCoordinate[],
): ReadonlyMap<Policy, readonly GovernedCoordinate[]> {
  const selectedBy = new Map<Policy, GovernedCoordinate[]>(policies.map((policy) => [policy, []]));
  const selecting = indexSelectors(policies, (policy) => compileSelector(ownSelector(policy)));
  for (const coordinate of coordinates) {
    for (const policy of selecting(coordinate)) selectedBy.get(policy)?.push(coordinate);
  }
  return selectedBy;
}

function warn(
  { places }: Policy,
  code: string,
  at: "name" | "selector" | "effect" | "condition",
  message: string,
): Finding {
  const path = at === "name" ? "metadata.name" : `spec.${at}`;
  return { level: "warning", code, message, place: places[at], path };
}

function findDuplicates(policies: readonly Policy[]): readonly Finding[] {
  const findings: Finding[] = [];
  const fileByName = new Map<string, string>();
  for (const policy of policies) {
    const other = fileByName.get(policy.name);
    fileByName.set(policy.name, other ?? policy.places.name.file);
    if (other === undefined) continue;
    const message = `The policy ${policy.name} is also in ${other}. Give one of them another name.`;
    findings.push({ ...warn(policy, "duplicate-policy", "name", message), level: "error" });
  }
  return findings;
}

function matchesNothing(policy: Policy, known: AttributeValues): Finding {
  const message = `The policy ${policy.name} selects no field of the graph, so it protects nothing.${hint(policy, known)}`;
  return warn(policy, "policy-matches-nothing", "selector", message);
}

type AttributeValues = Readonly<Record<"pii" | "tags" | "domain" | "product", ReadonlySet<string>>>;

function attributeValues(coordinates: readonly GovernedCoordinate[]): AttributeValues {
  return {
    pii: new Set(coordinates.flatMap(({ pii }) => pii)),
    tags: new Set(coordinates.flatMap(({ tags }) => tags ?? [])),
    domain: new Set(coordinates.map(({ domain }) => domain)),
    product: new Set(coordinates.map(({ product }) => product)),
  };
}

/** For the first value of the selector that occurs nowhere in the graph: what does. */
function hint(policy: Policy, known: AttributeValues): string {
  for (const key of ["pii", "tags", "domain", "product"] as const) {
    const unknown = policy.selector[key]?.find((value) => value !== "*" && !known[key].has(value));
    if (unknown === undefined) continue;
    return ` No field has the ${key} \`${unknown}\`.${didYouMean(unknown, [...known[key]])}`;
  }
  return "";
}

/** Tables are known by their connections; a table of a product that says nothing else has one. */
function lintFilter(
  policy: Policy,
  selected: readonly GovernedCoordinate[],
  coordinates: readonly GovernedCoordinate[],
): readonly Finding[] {
  const { effect } = policy;
  if (effect.type !== "filter") return [];
  const names = new Set(coordinates.map(({ coordinate }) => coordinate));
  const types = new Set(selected.map(({ coordinate }) => coordinate.slice(0, coordinate.indexOf("."))));
  return [...types]
    .filter((type) => names.has(`${type}Connection.nodes`))
    .filter((type) => !names.has(`${type}.${effect.column}`) && !names.has(`${type}.${camelCase(effect.column)}`))
    .map((type) =>
      warn(
        policy,
        "row-filter-without-column",
        "effect",
        `${type} has no column \`${effect.column}\`, so the policy ${policy.name} shows none of its rows. Name a column as in the manifest, or select other types.`,
      ),
    );
}

function lintTerms(
  policy: Policy,
  selected: readonly GovernedCoordinate[],
  coordinates: readonly GovernedCoordinate[],
  now: number,
): readonly Finding[] {
  const findings: Finding[] = [];
  const { until } = policy.validity;
  if (until !== undefined && Date.parse(until) <= now) {
    const message = `The policy ${policy.name} ended on ${until.slice(0, 10)}. Delete it, or give it another term.`;
    findings.push(warn(policy, "policy-expired", "name", message));
  }
  for (const { name, selector, expires, places } of policy.waivers) {
    if (Date.parse(expires) <= now) {
      const message = `The waiver ${name} ended on ${expires.slice(0, 10)}: it lifts nothing. Delete it.`;
      findings.push({ level: "warning", code: "waiver-expired", message, place: places.expires, path: "spec.expires" });
    }
    if (reachedBy(selected, coordinates).some(compileSelector(selector).selects)) continue;
    const message = `The waiver ${name} lifts nothing: the policy ${policy.name} selects none of what it selects.`;
    const { selector: place } = places;
    findings.push({ level: "warning", code: "waiver-matches-nothing", message, place, path: "spec.selector" });
  }
  return findings;
}

/** The selected fields and what is made from them. */
function reachedBy(
  selected: readonly GovernedCoordinate[],
  coordinates: readonly GovernedCoordinate[],
): readonly GovernedCoordinate[] {
  const reached = new Set(selected);
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    const names = new Set([...reached].map(({ coordinate }) => coordinate));
    for (const field of coordinates) if (field.madeFrom?.some((from) => names.has(from))) reached.add(field);
  }
  return [...reached];
}

function lintLocal(policy: Policy): readonly Finding[] {
  const { name, product, effect, selector } = policy;
  if (product === undefined) return [];
  const findings: Finding[] = [];
  if (effect.type === "allow") {
    const message = `The policy ${name} of the product ${product} allows nothing: a product can only tighten what the mesh says. Governance can write a waiver.`;
    findings.push(warn(policy, "local-policy-loosens", "effect", message));
  }
  const others = selector.product?.filter((each) => each !== product) ?? [];
  if (others.length > 0) {
    const message = `The policy ${name} lies beside the product ${product} and selects nothing of ${others.join(", ")}.`;
    findings.push(warn(policy, "local-policy-selects-others", "selector", message));
  }
  return findings;
}

function lintAttributes(policy: Policy, attributes: ReadonlySet<string> | undefined): readonly Finding[] {
  if (attributes === undefined) return [];
  const { condition, effect } = policy;
  const sources = [
    ...(condition === undefined ? [] : [{ at: "condition", use: "condition", source: condition } as const]),
    ...(effect.type === "filter" ? [{ at: "effect", use: "values", source: effect.in } as const] : []),
  ];
  return sources.flatMap(({ at, use, source }) => {
    const parsed = parseExpression(source, use);
    if (isFault(parsed) || parsed.reads.attributes === "all") return [];
    return [...parsed.reads.attributes]
      .filter((name) => !attributes.has(name))
      .map((name) => {
        const message = `The policy ${policy.name} asks for principal.attributes.${name}, which no configured claim fills.${didYouMean(name, attributes)}`;
        return warn(policy, "unknown-attribute", at, message);
      });
  });
}
