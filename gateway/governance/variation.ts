/**
 * What a subgraph's answer depends on besides what it is asked, for each caller: which rows policies leave (filters, the
 * least size of groups) and which columns decide what is in the answer (an order, a cursor). Masks are no part of it: they
 * are applied to one raw answer.
 */
import { anonymous, type Caller, decideField, type Rules } from "#policies";
import type { Variation } from "../governance-port.ts";

/** Undefined where no policy makes a difference, whoever asks. `compared`: whose columns may decide what is in the answer. */
export function createVariation(
  rules: Rules,
  types: readonly string[],
  compared: readonly string[],
): ((caller: Caller) => Variation) | undefined {
  // Whether any policy speaks of a type's rows does not depend on the caller.
  const filtered = types.filter((type) => rules.decideRows(anonymous, type) !== undefined);
  const operands = rules.coordinates.filter((coordinate) => compared.includes(coordinate.split(".", 1)[0] ?? ""));
  if (filtered.length === 0 && operands.length === 0) return undefined;
  return (caller) => {
    const rows = filtered.flatMap((type) => {
      const { filters = [], minGroup } = rules.decideRows(caller, type) ?? {};
      return filters.length === 0 && minGroup === undefined ? [] : [[type, filters, minGroup ?? null]];
    });
    const limited = operands.flatMap((coordinate) => {
      const governedRule = rules.get(coordinate);
      if (governedRule === undefined) return [];
      const shown = decideField([governedRule], caller).effect === "allow";
      return shown ? [] : [`${coordinate}${governedRule.mayCompare(caller) ? "<" : ""}`];
    });
    const isAlike = rows.length === 0 && limited.length === 0;
    return { name: isAlike ? "" : JSON.stringify([rows, limited]), limitsRows: rows.length > 0 };
  };
}
