/** What the policies leave a request's caller of a table's rows, of its columns as operands and of small groups. */
import {
  type Caller,
  decideField,
  denialError,
  fieldRules,
  type GovernedRule,
  groupTooSmallError,
  operandError,
  type RowFilter,
  type Rules,
} from "#policies";
import type { AssertOperand, OperandUse } from "../model/operand-use.ts";
import type { ServedColumn, ServedTable } from "../model/served-table.ts";

/** The smallest group whose numbers a caller may see, and who says so. */
export interface MinGroup {
  readonly size: number;
  readonly policies: readonly string[];
}

export interface RowAccess {
  /** Whether anything that was asked so far is answered as it is because of who the caller is. */
  readonly isLimited: boolean;
  /** Joined by AND; empty: all rows. */
  filters(table: ServedTable): readonly RowFilter[];
  /** Undefined: groups of any size. */
  minGroup(table: ServedTable): MinGroup | undefined;
  readonly assertOperand: AssertOperand;
  /**
   * Raises `FORBIDDEN` when a policy limits the rows of a type that is no table: what a product's own code returns is
   * not filtered here.
   */
  assertWhole(types: readonly string[]): void;
  /** The same as a question. */
  mayUse(table: ServedTable, column: ServedColumn, use: OperandUse): boolean;
}

/** By type name, the interfaces that the type implements: what a policy says of an interface holds for its implementers. */
export type InterfacesByType = ReadonlyMap<string, readonly string[]>;

const everything: RowAccess = {
  isLimited: false,
  filters: () => [],
  minGroup: () => undefined,
  assertOperand: () => undefined,
  assertWhole: () => undefined,
  mayUse: () => true,
};

/** Guarantees one answer per table for the whole request. */
export function createRowAccess(rules: Rules | undefined, interfaces: InterfacesByType, caller: Caller): RowAccess {
  if (rules === undefined) return everything;
  let isLimited = false;
  const known = new Map<ServedTable, { filters: readonly RowFilter[]; minGroup: MinGroup | undefined }>();
  const decided = (table: ServedTable) => {
    let decision = known.get(table);
    if (decision === undefined) {
      const types = [table.typeName, ...(interfaces.get(table.typeName) ?? [])];
      const decisions = types.flatMap((type) => rules.decideRows(caller, type) ?? []);
      const sizes = decisions.flatMap(({ minGroup }) => minGroup ?? []);
      const policies = [...new Set(decisions.flatMap((one) => (one.minGroup === undefined ? [] : one.policies)))];
      decision = {
        filters: decisions.flatMap(({ filters }) => filters),
        minGroup: sizes.length === 0 ? undefined : { size: Math.max(...sizes), policies },
      };
      known.set(table, decision);
    }
    if (decision.filters.length > 0 || decision.minGroup !== undefined) isLimited = true;
    return decision;
  };
  const rulesOf = (table: ServedTable, column: ServedColumn): readonly GovernedRule[] =>
    fieldRules(rules, table.typeName, interfaces.get(table.typeName) ?? [], column.name);

  const allows = (governing: readonly GovernedRule[], use: OperandUse): boolean => {
    if (governing.length === 0) return true;
    return use === "compare"
      ? governing.every((rule) => rule.mayCompare(caller))
      : decideField(governing, caller).effect === "allow";
  };
  return {
    get isLimited() {
      return isLimited;
    },
    filters: (table) => decided(table).filters,
    minGroup: (table) => decided(table).minGroup,
    assertWhole(types) {
      for (const type of types) {
        const decision = rules.decideRows(caller, type);
        if (decision === undefined || (decision.filters.length === 0 && decision.minGroup === undefined)) continue;
        const policy = decision.policies[0] ?? "";
        const reason = "rows are to be filtered, and the product computes them itself";
        throw denialError(type, { effect: "deny", policy, reason });
      }
    },
    mayUse(table, column, use) {
      const governing = rulesOf(table, column);
      // Nothing is refused here: without the column, rows come in another order.
      if (governing.length > 0) isLimited = true;
      return allows(governing, use);
    },
    assertOperand(table, column, use) {
      const governing = rulesOf(table, column);
      if (allows(governing, use)) return;
      throw operandError(`${table.typeName}.${column.name}`, decideField(governing, caller));
    },
  };
}

/** Raises `GROUP_TOO_SMALL` for a count that a caller may not see. */
export function assertGroupSize(table: ServedTable, rows: number, minGroup: MinGroup | undefined): void {
  // None is fewer than one as well: that there are no rows tells as much as that there is one.
  if (minGroup === undefined || rows >= minGroup.size) return;
  throw groupTooSmallError(table.typeName, minGroup);
}
