/** Why one policy says to one caller what it says. */
import { type PolicyStanding, purposeLimitation, unmatchedPersonalData } from "../decide.ts";
import { isFault, parseExpression } from "../expression/expression.ts";
import type { CallerMatch, Policy } from "../policy/model.ts";
import type { Caller } from "../principal.ts";
import { matchesInWords, matchInWords } from "./words.ts";

/**
 * One sentence. It names the caller's own attributes where a condition reads them, so it is for whoever may know them.
 *
 * @param policy undefined for what no document says: the default, and what the schema itself asks for.
 */
export function explainStanding(
  { standing, waiver, policy: name }: PolicyStanding,
  policy: Policy | undefined,
  caller: Caller,
  nowMs: number,
): string {
  if (policy === undefined) {
    if (name === unmatchedPersonalData) {
      return "No policy of the mesh has a say about this personal data for this caller, so it is redacted.";
    }
    if (name === purposeLimitation) {
      const declared =
        caller.purpose === undefined ? "The caller declares no purpose" : `The product does not name ${caller.purpose}`;
      return `${declared}, and personal data of a product that names purposes are shown for these alone.`;
    }
    return standing === "holds"
      ? "The schema asks for more than the caller has."
      : "The caller has what the schema asks for.";
  }
  const values = valuesRead(policy, caller);
  const condition = policy.condition === undefined ? "" : `\`${policy.condition}\``;
  switch (standing) {
    case "failed":
      return `Its condition ${condition} cannot be decided for this caller, so it denies.${values}`;
    case "waived": {
      const found = policy.waivers.find((it) => it.name === waiver);
      return found === undefined
        ? `The waiver ${waiver} lifts it.`
        : `The waiver ${found.name} of ${found.owner} lifts it until ${found.expires}: ${found.reason}`;
    }
    case "lifted": {
      const match = policy.unless.find((it) => isMatch(it, caller));
      return `Lifted by \`unless\`: ${match === undefined ? "the caller matches" : matchInWords(match)}.`;
    }
    case "silent": {
      const { from, until } = policy.validity;
      if (from !== undefined && nowMs < Date.parse(from)) return `It begins to hold at ${from}.`;
      if (until !== undefined && nowMs >= Date.parse(until)) return `It held until ${until}.`;
      if (policy.when !== undefined && !policy.when.some((it) => isMatch(it, caller))) {
        return `It holds only for ${matchesInWords(policy.when)}.`;
      }
      return `Its condition ${condition} is false.${values}`;
    }
    case "holds": {
      const reasons = [
        policy.when === undefined ? "It holds for everyone" : "The caller matches `when`",
        ...(policy.condition === undefined ? [] : [`its condition ${condition} is true`]),
        ...(policy.unless.length === 0 ? [] : [`not lifted, which ${matchesInWords(policy.unless)} would do`]),
      ];
      return `${reasons.join("; ")}.${values}`;
    }
  }
}

/** What the condition reads of the caller: ` (purpose = "", principal.roles = ["boss"])`. */
function valuesRead({ condition }: Policy, { principal, purpose }: Caller): string {
  if (condition === undefined) return "";
  const parsed = parseExpression(condition, "condition");
  if (isFault(parsed)) return "";
  const { roles, attributes, others } = parsed.reads;
  const values: string[] = [];
  if (roles === "all" || roles.size > 0) values.push(`principal.roles = ${JSON.stringify(principal.roles)}`);
  if (others.has("purpose")) values.push(`purpose = ${JSON.stringify(purpose ?? "")}`);
  for (const key of ["id", "kind", "purposes"] as const) {
    if (others.has(`principal.${key}`)) values.push(`principal.${key} = ${JSON.stringify(principal[key])}`);
  }
  const names = attributes === "all" ? Object.keys(principal.attributes) : [...attributes];
  for (const name of names) {
    const value = Object.hasOwn(principal.attributes, name) ? JSON.stringify(principal.attributes[name]) : "missing";
    values.push(`principal.attributes.${name} = ${value}`);
  }
  return values.length === 0 ? "" : ` (${values.join(", ")})`;
}

function isMatch({ purpose, roles, kind }: CallerMatch, { principal, purpose: declared }: Caller): boolean {
  if (purpose !== undefined && (declared === undefined || !purpose.includes(declared))) return false;
  if (roles !== undefined && !roles.some((role) => principal.roles.includes(role))) return false;
  return kind === undefined || kind.includes(principal.kind);
}
