/**
 * Decision + GraphQL type → what becomes of a value. Masks work on values as they stand in a JSON answer; lists are
 * masked element by element; null stays null.
 */
import {
  type GraphQLLeafType,
  type GraphQLOutputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
} from "graphql";
import type { Decision } from "../decision.ts";
import { compileTechnique } from "./compile-technique.ts";
import { type MaskSetup, noMaskSetup } from "./mask-setup.ts";
import type { Leaf } from "./technique.ts";

/**
 * Guarantees a decision that can be carried out on a field of this type without breaking the type, never a weaker one:
 *
 * - null on a non-null leaf becomes redact, since the field has to have a value of its type;
 * - a mask on an object becomes null where the field may be null;
 * - a mask or null on a non-null object becomes deny, since there is no object that hides everything.
 */
export function settleDecision(decision: Decision, type: GraphQLOutputType): Decision {
  if (decision.effect === "allow" || decision.effect === "deny") return decision;
  const { policy } = decision;
  const leaf = isLeafType(getNamedType(type));
  if (leaf && decision.effect === "mask") return decision;
  if (!isNonNullType(type)) return { effect: "null", policy };
  return leaf
    ? { effect: "mask", mask: { technique: "redact" }, policy }
    : { effect: "deny", policy, reason: "it cannot be masked, and it cannot be null either" };
}

/**
 * Guarantees the value that this decision lets out, of the field's type as it stands in a JSON answer. The decision must
 * be settled for the type; a denied value is never let out (null).
 */
export function applyMask(
  decision: Decision,
  value: unknown,
  type: GraphQLOutputType,
  setup: MaskSetup = noMaskSetup,
): unknown {
  return compileMask(decision, type, setup)(value);
}

/**
 * `applyMask` for many values of one field, whose coordinate is `Customer.email` or empty when it is not known. Hot: the
 * returned function runs once per masked value.
 */
export function compileMask(
  decision: Decision,
  type: GraphQLOutputType,
  setup: MaskSetup = noMaskSetup,
  coordinate = "",
): (value: unknown) => unknown {
  switch (decision.effect) {
    case "allow":
      return (value) => value;
    case "null":
    case "deny":
      return () => null;
    case "mask": {
      const named = getNamedType(type);
      // A caller who did not settle the decision must not see an object through a mask meant for leaves.
      if (!isLeafType(named)) return () => null;
      return forEachElement(type, compileTechnique(decision.mask, leafOf(named), setup, coordinate));
    }
  }
}

/**
 * The same for what a resolver returns, which is not JSON yet: internal enum values, engine-specific dates, lists as any
 * iterable, promises inside lists. Guarantees that serialising the result gives what `compileMask` makes of the
 * serialised value.
 */
export function compileResolverMask(
  decision: Decision,
  type: GraphQLOutputType,
  setup: MaskSetup = noMaskSetup,
  coordinate = "",
): (value: unknown) => unknown {
  const named = getNamedType(type);
  if (decision.effect !== "mask" || !isLeafType(named)) return compileMask(decision, type, setup, coordinate);
  const mask = compileTechnique(decision.mask, leafOf(named), setup, coordinate);
  return forEachElement(type, (value) => named.parseValue(mask(serialise(value, named))));
}

function leafOf(type: GraphQLLeafType): Leaf {
  if (!isEnumType(type)) return { kind: "scalar", name: type.name };
  // The GraphQL specification (3.9) requires at least one value.
  return { kind: "enum", name: type.name, first: type.getValues()[0]?.name ?? "" };
}

function serialise(value: unknown, type: GraphQLLeafType): unknown {
  try {
    return type.serialize(value);
  } catch {
    // The original message quotes the value, and this value is to be hidden.
    throw new TypeError(`A value to be masked is not a valid ${type.name}.`);
  }
}

/** Applies a mask at the depth of the type's lists: a JSON scalar may well hold a list that is one value. */
function forEachElement(type: GraphQLOutputType, mask: (value: unknown) => unknown): (value: unknown) => unknown {
  const nullable = getNullableType(type);
  const inner = isListType(nullable) ? forEachElement(nullable.ofType, mask) : undefined;
  const apply = (value: unknown): unknown => {
    if (value === null || value === undefined) return value;
    if (typeof value === "object") {
      if (value instanceof Error) return value;
      if (isPromiseLike(value)) return value.then(apply);
      if (inner !== undefined && Symbol.iterator in value) return Array.from(value as Iterable<unknown>, inner);
    }
    return mask(value);
  };
  return apply;
}

function isPromiseLike(value: object): value is PromiseLike<unknown> {
  return "then" in value && typeof value.then === "function";
}

/** True when null may stand where a value of this type is expected. */
export function isNullable(type: GraphQLOutputType): boolean {
  return getNullableType(type) === type;
}
