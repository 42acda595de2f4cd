/**
 * Value completion as the GraphQL specification says (sections 6.4.3 and 6.4.4), with paths and errors.
 *
 * The careful twin of the generated writers: it runs when one of them meets an anomaly, and its text for an answer
 * without one is the same (test/differential). A null that propagates leaves an error unless a subgraph has already said
 * why something at, above or below its position is missing.
 */
import { GraphQLError } from "graphql";
import type { FieldShape, ObjectShape, TypeShape } from "./answer-shape.ts";
import { leafWriterFor } from "./leaf-text.ts";
import { isAnswered, type Path, readFieldOf } from "./read-objects.ts";
import { denied, type JsonObject, type MaskSlots, type RunState } from "./run-state.ts";

export interface Completion {
  /** JSON text of `data`. */
  readonly text: string;
  readonly errors: readonly GraphQLError[];
}

export interface CompletionInput {
  readonly shape: ObjectShape;
  readonly run: RunState;
  readonly maskSlots: MaskSlots;
  /** Paths of the errors that are already known, in the client's names. */
  readonly reported: readonly Path[];
}

/** `undefined` is a null that propagates: the value had to be there. */
type Text = string | undefined;

export function completeCarefully(input: CompletionInput): Completion {
  const { run, maskSlots } = input;
  const errors: GraphQLError[] = [];
  const reported = createPathSet(input.reported);
  const leafWriters = new Map<TypeShape, ReturnType<typeof leafWriterFor>>();

  function report(message: string, path: Path, code: string): void {
    errors.push(new GraphQLError(message, { path, extensions: { code } }));
  }

  function object(shape: ObjectShape, base: JsonObject, path: Path): Text {
    const typename = readFieldOf(run, shape.place, base, "__typename");
    let fields: readonly FieldShape[] | undefined;
    let type = shape.type;
    if (!shape.abstract) [fields] = shape.cases.values();
    else if (typeof typename === "string" && shape.cases.has(typename)) {
      fields = shape.cases.get(typename);
      type = typename;
    } else if (typename === shape.type || typename === undefined || typename === null) fields = shape.asInterface;
    if (fields === undefined) {
      // An inaccessible type is none of the client's business, so it is not named.
      report(`The object is of no type that "${shape.type}" can be.`, path, "RESPONSE_VALIDATION_FAILED");
      return undefined;
    }
    let text = "";
    for (const field of fields) {
      const value = fieldText(field, shape, base, type, [...path, field.responseName]);
      if (value === undefined) return undefined;
      text += `${text === "" ? "" : ","}${JSON.stringify(field.responseName)}:${value}`;
    }
    return `{${text}}`;
  }

  function fieldText(field: FieldShape, shape: ObjectShape, base: JsonObject, type: string, path: Path): Text {
    switch (field.value.kind) {
      case "typename":
        if (shape.cases.has(type)) return JSON.stringify(type);
        report(`Nobody knows of which type this "${type}" is.`, path, "RESPONSE_VALIDATION_FAILED");
        return undefined;
      case "introspection":
        return run.introspection.get(field.responseName) ?? "null";
      case "value": {
        let value = readFieldOf(run, shape.place, base, field.key);
        const slot = maskSlots(field.coordinate);
        const mask = slot === undefined ? undefined : run.masks[slot];
        if (mask === denied) {
          report(`You may not read "${field.coordinate}".`, path, "FORBIDDEN");
          value = null;
        } else if (mask !== undefined && value !== null && value !== undefined) value = mask(value);
        if (value === undefined && isAnswered(run, shape.place, base, field.key)) {
          report(`A subgraph left out ${field.coordinate}.`, path, "RESPONSE_VALIDATION_FAILED");
        }
        return valueText(field.value.type, value, path, field.coordinate);
      }
    }
  }

  /** Undefined when a null has to propagate beyond this value. */
  function valueText(type: TypeShape, value: unknown, path: Path, coordinate: string): Text {
    if (type.kind !== "non-null") return nullableText(type, value, path, coordinate) ?? "null";
    if (value === null || value === undefined) {
      if (!reported.touches(path) && !errors.some((error) => isRelated(error.path ?? [], path))) {
        report(`Cannot return null for non-nullable field ${coordinate}.`, path, "RESPONSE_VALIDATION_FAILED");
      }
      return undefined;
    }
    const text = nullableText(type.of as Exclude<TypeShape, { kind: "non-null" }>, value, path, coordinate);
    return text === "null" ? undefined : text;
  }

  function nullableText(
    type: Exclude<TypeShape, { kind: "non-null" }>,
    value: unknown,
    path: Path,
    coordinate: string,
  ): Text {
    if (value === null || value === undefined) return "null";
    switch (type.kind) {
      case "leaf": {
        const write = leafWriters.get(type) ?? leafWriterFor(type.type, type.values);
        leafWriters.set(type, write);
        const text = write(value);
        if (text === undefined) report(`A subgraph answered no "${type.type}".`, path, "RESPONSE_VALIDATION_FAILED");
        return text;
      }
      case "list": {
        if (!Array.isArray(value)) {
          report(`A subgraph answered no list for ${coordinate}.`, path, "RESPONSE_VALIDATION_FAILED");
          return undefined;
        }
        const items: string[] = [];
        let propagates = false;
        value.forEach((item, index) => {
          const text = valueText(type.of, item, [...path, index], coordinate);
          if (text === undefined) propagates = true;
          else items.push(text);
        });
        return propagates ? undefined : `[${items.join(",")}]`;
      }
      case "object":
        if (typeof value !== "object" || Array.isArray(value)) {
          report(`A subgraph answered no object for ${coordinate}.`, path, "RESPONSE_VALIDATION_FAILED");
          return undefined;
        }
        return object(type, value as JsonObject, path);
    }
  }

  return { text: object(input.shape, run.root, []) ?? "null", errors };
}

interface PathSet {
  /** Whether a path of the set leads to, through or from this one. */
  touches(path: Path): boolean;
}

interface PathTree {
  ends: boolean;
  readonly next: Map<string | number, PathTree>;
}

function createPathSet(paths: readonly Path[]): PathSet {
  const root: PathTree = { ends: false, next: new Map() };
  for (const path of paths) {
    let at = root;
    for (const segment of path) {
      const next: PathTree = at.next.get(segment) ?? { ends: false, next: new Map() };
      at.next.set(segment, next);
      at = next;
    }
    at.ends = true;
  }
  return {
    touches(path) {
      let at: PathTree | undefined = root;
      for (const segment of path) {
        if (at.ends) return true;
        at = at.next.get(segment);
        if (at === undefined) return false;
      }
      return true;
    },
  };
}

function isRelated(a: Path, b: Path): boolean {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return false;
  return true;
}
