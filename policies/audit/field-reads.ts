/** What one request to a subgraph read of governed fields: collected by the middleware around them. */
import type { Decision } from "../decision.ts";
import type { ReachedField } from "./describe-access.ts";

export interface FieldReads {
  /** Hot: once per value. `names` are the field's coordinate and those of the interfaces that govern it. */
  add(names: ReachedField, decision: Decision, isNull: boolean): void;
  readonly fields: readonly ReachedField[];
  /** Those that are not allowed. */
  readonly decisions: ReadonlyMap<string, Decision>;
  /** Values that are not null, by coordinate. */
  readonly rows: ReadonlyMap<string, number>;
}

export function createFieldReads(): FieldReads {
  const fields: ReachedField[] = [];
  const decisions = new Map<string, Decision>();
  const rows = new Map<string, number>();
  return {
    add(names, decision, isNull) {
      const [coordinate] = names;
      const known = rows.get(coordinate);
      if (known === undefined) {
        fields.push(names);
        if (decision.effect !== "allow") decisions.set(coordinate, decision);
      }
      rows.set(coordinate, (known ?? 0) + (isNull ? 0 : 1));
    },
    fields,
    decisions,
    rows,
  };
}
