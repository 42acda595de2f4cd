/** Policies → selectors and conditions that are ready to be asked; equal conditions are one object. */
import { type CompiledPolicy, type CompiledWaiver, decisionOf } from "./decide.ts";
import { type Condition, compileCondition } from "./policy/condition.ts";
import { isRowEffect, type Policy, type RowEffect, type Selector, type Waiver } from "./policy/model.ts";
import { type CompiledSelector, compileSelector } from "./policy/selector.ts";

/** A waiver with where it lifts. */
export interface PlacedWaiver extends CompiledWaiver {
  readonly selector: CompiledSelector;
}

interface Placed {
  readonly selector: CompiledSelector;
  readonly waivers: readonly PlacedWaiver[];
}

interface PlacedFieldPolicy extends Placed {
  readonly policy: CompiledPolicy;
}

export interface PlacedRowPolicy extends Placed {
  readonly name: string;
  readonly shadow: boolean;
  readonly condition: Condition;
  readonly effect: RowEffect;
}

export interface CompiledPolicies {
  readonly fieldPolicies: readonly PlacedFieldPolicy[];
  readonly rowPolicies: readonly PlacedRowPolicy[];
  /** Each once. */
  readonly conditions: readonly Condition[];
}

export function compilePolicies(policies: readonly Policy[]): CompiledPolicies {
  const conditions = new Map<string, Condition>();
  const conditionOf = (written: Parameters<typeof compileCondition>[0]): Condition => {
    const compiled = compileCondition(written);
    const known = conditions.get(compiled.key) ?? compiled;
    conditions.set(compiled.key, known);
    return known;
  };
  const waiverOf = ({ name, selector, principals, expires }: Waiver): PlacedWaiver => ({
    name,
    selector: compileSelector(selector),
    condition: conditionOf({
      when: principals,
      condition: undefined,
      unless: [],
      validity: { from: undefined, until: expires },
    }),
  });

  const fieldPolicies: PlacedFieldPolicy[] = [];
  const rowPolicies: PlacedRowPolicy[] = [];
  for (const policy of policies) {
    const { name, effect, product } = policy;
    const placed = {
      selector: compileSelector(ownSelector(policy)),
      // What a product adds to the floor is its own business: it takes it away where it wrote it.
      waivers: product === undefined ? policy.waivers.map(waiverOf) : [],
    };
    const condition = conditionOf(policy);
    const shadow = policy.mode === "shadow";
    if (isRowEffect(effect)) {
      rowPolicies.push({ ...placed, name, shadow, condition, effect });
    } else {
      const { obligations } = policy;
      const said = decisionOf(name, effect);
      fieldPolicies.push({
        ...placed,
        policy: { name, global: product === undefined, shadow, condition, obligations, ...said },
      });
    }
  }
  return { fieldPolicies, rowPolicies, conditions: [...conditions.values()] };
}

/** A policy of a product selects nothing of others. */
export function ownSelector({ selector, product }: Pick<Policy, "selector" | "product">): Selector {
  if (product === undefined) return selector;
  const named = selector.product === undefined || selector.product.includes(product);
  return { ...selector, product: named ? [product] : [] };
}
