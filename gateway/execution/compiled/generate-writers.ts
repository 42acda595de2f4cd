/**
 * Writers: one function for each shape, which turns an object into its part of the answer's JSON text.
 *
 * Generated writers take the way without surprises: they know neither paths nor errors, and throw `anomaly` at the first
 * value that needs them (a null that propagates, a value of the wrong type, an unknown `__typename`, a denied field).
 * The answer is then completed by complete.ts, which does the same with care.
 *
 * What is shared is written once. Fields whose values depend on a link's node alone (`isDetermined`) form **segments**;
 * a node to which several objects point keeps the text of each segment.
 *
 * Generated, because looking shapes up costs: interpreting them (complete.ts) takes 1.65 ms for an answer that this code,
 * the whole execution included, writes in 0.32 ms.
 *
 * Hot: once per object that is not shared, once per distinct object that is (bench/engine).
 */
import { type FieldShape, isSameType, type ObjectShape, type TypeShape } from "./answer-shape.ts";
import { type Code, literal } from "./code.ts";
import { createScope, nodeVariable, readField, type Scope } from "./generate-reading.ts";
import { anomaly, type LeafWriter, leafWriterFor } from "./leaf-text.ts";
import { isDetermined, type Link, type Place, sourcesOf } from "./places.ts";
import type { RunState } from "./run-state.ts";

export interface Writers {
  /** Name of the function (run) → JSON text of `data`. */
  readonly root: string;
  /** Memo slots for each link's nodes. */
  readonly memos: ReadonlyMap<Link, readonly number[]>;
}

interface Segment {
  readonly link: Link | undefined;
  readonly fields: readonly FieldShape[];
}

export function generateWriters(code: Code, shape: ObjectShape, counted: readonly string[] = []): Writers {
  const counterByCoordinate = new Map(counted.map((coordinate, index) => [coordinate, index]));
  const memos = new Map<Link, number[]>();
  const objectWriters = new Map<number, string>();
  const leafWriters = new Map<string, string>();
  const fail = code.constant(throwAnomaly);
  // What an absent entity would have said is null; what a present object leaves out is undefined, and an anomaly.
  const absentFields: Record<string, null> = {};
  const absent = code.constant(absentFields);
  let nextMemo = 0;

  /** Counted by its coordinate, so not written together with what is like it. */
  const isCounted = ({ coordinate }: FieldShape): boolean => counterByCoordinate.has(coordinate);

  /** Under several names, a value is counted once. */
  const counterByField = new Map<FieldShape, number>();
  const countFirst = (fields: readonly FieldShape[]): void => {
    const seen = new Set<string>();
    for (const field of fields) {
      const counter = counterByCoordinate.get(field.coordinate);
      if (counter !== undefined && !seen.has(field.coordinate)) counterByField.set(field, counter);
      seen.add(field.coordinate);
    }
  };

  /** (run, b) → text. */
  function objectWriter(object: ObjectShape): string {
    const known = objectWriters.get(object.id);
    if (known !== undefined) return known;
    const name = code.fresh("write");
    objectWriters.set(object.id, name);
    const bodies: { readonly fields: readonly FieldShape[]; readonly of: string; readonly types: string[] }[] = [];
    const cases = new Map(object.cases);
    // What is known as the interface only says so.
    if (object.asInterface !== undefined) cases.set(object.type, object.asInterface);
    for (const [type, fields] of cases) {
      const isAlike = (other: (typeof bodies)[number]): boolean =>
        !other.fields.some(isCounted) &&
        !fields.some(isCounted) &&
        sameFields(other.fields, fields) &&
        sameSources(object.place, fields, other.of, type);
      const same = bodies.find(isAlike);
      if (same === undefined) bodies.push({ fields, of: type, types: [type] });
      else same.types.push(type);
    }
    if (!object.abstract) {
      const fields = bodies[0]?.fields ?? [];
      code.define(name, ["run", "b"], writeObject(object, fields, object.type, literal(object.type)));
      return name;
    }
    const scope = createScope(object.place, "b", absent);
    const typename = readField(code, scope, "__typename");
    const branches = bodies.map(({ fields, of, types }) => {
      const branch = code.fresh("write");
      code.define(branch, ["run", "b", "type"], writeObject(object, fields, of, "type"));
      // Nobody asks for a type that does not matter.
      const unsaid = object.asInterface !== undefined && types.includes(object.type) ? "case undefined:" : "";
      return `${types.map((type) => `case ${literal(type)}:`).join("")}${unsaid}return ${branch}(run,b,type);`;
    });
    const body = `${scope.statements.join("")}const type=${typename};switch(type){${branches.join("")}}${fail}();`;
    code.define(name, ["run", "b"], body);
    return name;
  }

  /** `of` is the object's type, or one of which the fields are found alike; `type` is an expression for it. */
  function writeObject(object: ObjectShape, fields: readonly FieldShape[], of: string, type: string): string {
    if (fields.length === 0) return 'return "{}";';
    countFirst(fields);
    const segments = segmentsOf(object, fields);
    const [only] = segments;
    const scope = createScope(object.place, "b", absent, of);
    if (segments.length === 1 && only !== undefined) {
      const text = memoised(scope, object, only, type, "{", "}");
      return `${scope.statements.join("")}return ${text};`;
    }
    const parts = segments.map((segment, index) =>
      memoised(scope, object, segment, type, index === 0 ? "{" : ",", index === segments.length - 1 ? "}" : ""),
    );
    return `${scope.statements.join("")}return ${parts.join("+")};`;
  }

  /** An expression for a segment's text between two marks; shared nodes keep it. */
  function memoised(
    scope: Scope,
    object: ObjectShape,
    segment: Segment,
    type: string,
    before: string,
    after: string,
  ): string {
    if (segment.link === undefined) return fieldsText(scope, segment.fields, type, before, after);
    const write = code.fresh("segment");
    const inner = createScope(object.place, "b", absent, scope.type);
    const text = fieldsText(inner, segment.fields, "type", before, after);
    code.define(write, ["run", "b", "type"], `${inner.statements.join("")}return ${text};`);
    const slot = nextMemo++;
    memos.set(segment.link, [...(memos.get(segment.link) ?? []), slot]);
    const node = nodeVariable(code, scope, segment.link);
    const recall = code.fresh("recall");
    code.define(
      recall,
      ["run", "b", "type", "node"],
      `if(node===undefined||node.count===1)return ${write}(run,b,type);` +
        `let text=node.m${slot};if(text===undefined)node.m${slot}=text=${code.constant(flatten)}(${write}(run,b,type));return text;`,
    );
    return `${recall}(run,b,${type},${node})`;
  }

  function fieldsText(
    scope: Scope,
    fields: readonly FieldShape[],
    type: string,
    before: string,
    after: string,
  ): string {
    const parts: string[] = [];
    let pending = before;
    fields.forEach((field, index) => {
      pending += `${index === 0 ? "" : ","}${JSON.stringify(field.responseName)}:`;
      parts.push(literal(pending), fieldText(scope, field, type));
      pending = "";
    });
    if (after !== "") parts.push(literal(after));
    return parts.join("+");
  }

  function fieldText(scope: Scope, field: FieldShape, type: string): string {
    switch (field.value.kind) {
      case "typename":
        return `'"'+${type}+'"'`;
      case "introspection":
        return `${code.constant(introspectionText)}(run,${literal(field.responseName)})`;
      case "hidden":
        // A denial has a path, and a null may propagate: both need care.
        return field.value.decision.effect === "deny" || field.value.nonNull ? `${fail}()` : '"null"';
      case "value": {
        absentFields[field.key] = null;
        const read = readField(code, scope, field.key);
        const { mask } = field.value;
        const counter = counterByField.get(field);
        const value = counter === undefined ? read : `${code.constant(countPresent)}(run,${counter},${read})`;
        const shown = mask === undefined ? value : `${code.constant(maskPresent)}(${code.constant(mask)},${value})`;
        return valueText(field.value.type, shown, true);
      }
    }
  }

  function valueText(type: TypeShape, value: string, nullable: boolean): string {
    switch (type.kind) {
      case "non-null":
        return valueText(type.of, value, false);
      case "leaf":
        return `${leafWriter(type.type, leafWriterFor(type.type, type.values), nullable)}(${value})`;
      case "object":
        return `${nullableObject(objectWriter(type), nullable)}(run,${value})`;
      case "list":
        return `${listWriter(type.of, nullable)}(run,${value})`;
    }
  }

  function leafWriter(type: string, write: LeafWriter, nullable: boolean): string {
    const key = `${type} ${nullable}`;
    const known = leafWriters.get(key);
    if (known !== undefined) return known;
    const name = code.fresh("leaf");
    leafWriters.set(key, name);
    const none = nullable ? 'return "null";' : `${fail}();`;
    code.define(
      name,
      ["value"],
      `if(value===null)${none}const text=${code.constant(write)}(value);` +
        `if(text===undefined)${fail}();return text;`,
    );
    return name;
  }

  function nullableObject(write: string, nullable: boolean): string {
    const name = code.fresh("object");
    const none = nullable ? 'return "null";' : `${fail}();`;
    code.define(
      name,
      ["run", "value"],
      `if(value===null)${none}if(typeof value!=="object"||Array.isArray(value))${fail}();` +
        `return ${write}(run,value);`,
    );
    return name;
  }

  function listWriter(of: TypeShape, nullable: boolean): string {
    const name = code.fresh("list");
    const none = nullable ? 'return "null";' : `${fail}();`;
    const item = valueText(of, "value[i]", true);
    code.define(
      name,
      ["run", "value"],
      `if(value===null)${none}if(!Array.isArray(value))${fail}();` +
        `let text="[";for(let i=0;i<value.length;i++){if(i!==0)text+=",";text+=${item};}return text+"]";`,
    );
    return name;
  }

  const write = objectWriter(shape);
  const root = code.fresh("writeRoot");
  code.define(root, ["run"], `return ${write}(run,run.root);`);
  return { root, memos };
}

function throwAnomaly(): never {
  throw anomaly;
}

/** Reading a character makes a string flat; once here instead of once for each place that holds it. */
function flatten(text: string): string {
  text.charCodeAt(0);
  return text;
}

function introspectionText(run: RunState, responseName: string): string {
  return run.introspection.get(responseName) ?? "null";
}

function maskPresent(mask: (value: unknown) => unknown, value: unknown): unknown {
  return value === null || value === undefined ? value : mask(value);
}

function sameSources(place: Place, fields: readonly FieldShape[], a: string, b: string): boolean {
  return fields.every(({ key }) => {
    const [ofA, ofB] = [sourcesOf(place, key, a), sourcesOf(place, key, b)];
    return ofA.length === ofB.length && ofA.every((source, index) => source === ofB[index]);
  });
}

/** Fields of several runtime types that are written alike: only the names of the types differ. */
function countPresent(run: RunState, counter: number, value: unknown): unknown {
  if (value !== null && value !== undefined) run.counts[counter] = (run.counts[counter] ?? 0) + 1;
  return value;
}

function sameFields(a: readonly FieldShape[], b: readonly FieldShape[]): boolean {
  return (
    a.length === b.length &&
    a.every((field, index) => {
      const other = b[index];
      return (
        other !== undefined &&
        field.responseName === other.responseName &&
        field.key === other.key &&
        field.coordinate.split(".")[1] === other.coordinate.split(".")[1] &&
        sameValue(field, other)
      );
    })
  );
}

function sameValue(a: FieldShape, b: FieldShape): boolean {
  // Masks and denials belong to one coordinate, so fields that have them are written by themselves.
  if (a.value.kind === "hidden" || b.value.kind === "hidden") return false;
  if (a.value.kind !== "value" || b.value.kind !== "value") return a.value.kind === b.value.kind;
  return a.value.mask === b.value.mask && isSameType(a.value.type, b.value.type);
}

/** Runs of fields that depend on the same node; a run that reads nothing from a link is not worth a memo. */
function segmentsOf(object: ObjectShape, fields: readonly FieldShape[]): readonly Segment[] {
  const { place } = object;
  if (place.merged) return [{ link: undefined, fields }];
  const anchors = place.links.filter((link) => !link.constant && link.host === undefined);
  const segments: { link: Link | undefined; fields: FieldShape[] }[] = [];
  for (const field of fields) {
    const last = segments.at(-1);
    const dependsOn = (link: Link): boolean =>
      field.value.kind === "value" ? isDetermined(link, field.key) : field.value.kind !== "introspection";
    if (last?.link !== undefined && dependsOn(last.link)) {
      last.fields.push(field);
      continue;
    }
    const link = anchors.find(dependsOn);
    if (last !== undefined && last.link === link) last.fields.push(field);
    else segments.push({ link, fields: [field] });
  }
  const worth = segments.map(({ link, fields: own }) => ({
    link: own.some((field) => sourcesOf(place, field.key).some((source) => source !== "base")) ? link : undefined,
    fields: own,
  }));
  // Neighbours without a memo are one.
  return worth.reduce<Segment[]>((joined, segment) => {
    const last = joined.at(-1);
    if (last !== undefined && last.link === undefined && segment.link === undefined) {
      joined[joined.length - 1] = { link: undefined, fields: [...last.fields, ...segment.fields] };
    } else joined.push(segment);
    return joined;
  }, []);
}
