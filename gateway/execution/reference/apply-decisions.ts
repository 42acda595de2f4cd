/**
 * Answer + shape → the answer as this caller may see it: masks in place, null and an error where a field was denied, null
 * propagated to the next nullable field (GraphQL specification, 6.4.4). The given answer is not changed, since its parts
 * may be shared between callers; only objects in which something is done are copied.
 */
import { GraphQLError, type GraphQLOutputType, isListType, isNonNullType } from "graphql";
import { denialError } from "#policies";
import type { CompositeShape, ObjectShape } from "./governed-shape.ts";

type Data = Record<string, unknown>;

/** From the innermost step outwards: most paths are never needed. */
interface Path {
  readonly step: string | number;
  readonly above: Path | undefined;
}

/** What stands for a value whose null a non-null type does not take: its parent has to be null. */
const nullsParent: unique symbol = Symbol("nulls its parent");

/** Hot: once per answer that is not wholly allowed. Throws when the answer does not say what was asked of it. */
export function applyDecisions(
  data: Data,
  shape: ObjectShape,
): { readonly data: Data | null; readonly errors: readonly GraphQLError[] } {
  const errors: GraphQLError[] = [];
  const result = applyObject(data, shape, undefined, errors);
  return { data: result === nullsParent ? null : result, errors };
}

function applyObject(
  object: Data,
  shape: ObjectShape,
  path: Path | undefined,
  errors: GraphQLError[],
): Data | typeof nullsParent {
  const result: Data = {};
  for (const key of Object.keys(object)) {
    const field = shape.get(key);
    const value = object[key];
    switch (field?.kind) {
      case undefined:
        put(result, key, value);
        break;
      case "masked":
        put(result, key, field.mask(value));
        break;
      case "nested": {
        const nested = applyValue(value, field.type, field.shape, { step: key, above: path }, errors);
        if (nested === nullsParent) return nullsParent;
        put(result, key, nested);
        break;
      }
      case "hidden": {
        if (field.decision.effect === "deny") {
          errors.push(located(denialError(field.coordinate, field.decision), { step: field.responseKey, above: path }));
          if (isNonNullType(field.type)) return nullsParent;
        }
        put(result, field.responseKey, null);
        break;
      }
      case "runtime-type":
        break;
    }
  }
  return result;
}

function applyValue(
  value: unknown,
  type: GraphQLOutputType,
  shape: CompositeShape,
  path: Path,
  errors: GraphQLError[],
): unknown {
  if (value === null || value === undefined) return value;
  if (isNonNullType(type)) return applyNullable(value, type.ofType, shape, path, errors);
  const result = applyNullable(value, type, shape, path, errors);
  return result === nullsParent ? null : result;
}

/** `nullsParent` when this value itself has to be null. */
function applyNullable(
  value: unknown,
  type: GraphQLOutputType,
  shape: CompositeShape,
  path: Path,
  errors: GraphQLError[],
): unknown {
  if (!isListType(type)) {
    const object = value as Data; // the executor has completed the value by the same schema
    return applyObject(object, objectShape(object, shape), path, errors);
  }
  const items: unknown[] = [];
  for (const [index, item] of (value as readonly unknown[]).entries()) {
    const result = applyValue(item, type.ofType, shape, { step: index, above: path }, errors);
    if (result === nullsParent) return nullsParent;
    items.push(result);
  }
  return items;
}

function objectShape(object: Data, shape: CompositeShape): ObjectShape {
  if (shape.kind === "object") return shape.shape;
  const found = shape.shapeByType.get(String(object[shape.typeAlias]));
  // Without the runtime type nobody can say what is governed: better no answer than a raw one.
  if (found === undefined) throw new Error("The answer does not name the runtime type of a governed object");
  return found;
}

function located(error: GraphQLError, path: Path): GraphQLError {
  const steps: (string | number)[] = [];
  for (let place: Path | undefined = path; place !== undefined; place = place.above) steps.push(place.step);
  return new GraphQLError(error.message, { path: steps.reverse(), extensions: error.extensions });
}

/** Plain objects are the fastest to build and to print; `__proto__` is the one key that they do not just take. */
function put(object: Data, key: string, value: unknown): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
