/**
 * Collectors: one function for each entity fetch that walks the objects at its place, writes their representations as
 * JSON text, and hangs a node on each object; equal representations share a node.
 *
 * A field that is missing drops the representation, null is kept; without `__typename` there is none.
 *
 * Hot: once per distinct object at the place (bench/engine).
 */
import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from "graphql";
import type { Fetch, RequiredField, Requirement } from "../../plan/plan.ts";
import { type Code, literal } from "./code.ts";
import { createScope, eachObject, nodeVariable, readField } from "./generate-reading.ts";
import { jsonText } from "./leaf-text.ts";
import type { Link, Place } from "./places.ts";
import { missing, type Node } from "./run-state.ts";

export interface CollectorInput {
  readonly code: Code;
  readonly schema: GraphQLSchema;
  /** Memo slots that writers use on a link's nodes. */
  readonly memosOf: (link: Link) => readonly number[];
}

interface CollectState {
  readonly nodes: Node[];
  readonly nodeByKey: Map<unknown, Node>;
}

/** Defines the collector of an entity link and returns its name; it takes the run and fills `run.nodes[id]`. */
export function generateCollector(input: CollectorInput, link: Link): string {
  const { code } = input;
  const name = code.fresh("collect");
  const create = generateNode(code, link, input.memosOf(link));
  const write = generateRepresentation(input, link.place, link.fetch.requires ?? [], link.fetch, true);
  const simple = link.unshared ? undefined : simpleKey(input, link);

  const body = (object: string): string => {
    const key = code.fresh("key");
    const node = code.fresh("n");
    const scope = createScope(link.place, object, code.constant(missing));
    const found: string[] = [];
    let text: string;
    if (simple === undefined) {
      text = key;
      found.push(`const ${key}=${write}(run,${object});if(${key}===undefined)break target;`);
    } else {
      // One type and one key: the key's value tells the representations apart without writing them.
      const type = readField(code, scope, "__typename");
      const value = readField(code, scope, simple.field);
      text = `${write}(run,${object})`;
      found.push(`if(!${code.constant(simple.types)}.has(${type}))break target;`);
      found.push(`const ${key}=${value};if(${key}===undefined)break target;`);
    }
    found.push(`let ${node}=${link.unshared ? "undefined" : `state.nodeByKey.get(${key})`};`);
    found.push(
      `if(${node}===undefined){const text=${text};if(text===undefined)break target;` +
        `${node}=new ${create}(${object},text);state.nodeByKey.set(${key},${node});state.nodes.push(${node})}` +
        `else ${node}.count++;`,
    );
    if (link.place.merged) found.push(`(${node}.targets??=[]).push(${object});`);
    else if (link.host === undefined) found.push(`${object}[${code.constant(link.symbol)}]=${node};`);
    else found.push(`${nodeVariable(code, scope, link.host)}.l${link.fetch.id}=${node};`);
    return `target:{${scope.statements.join("")}${found.join("")}}`;
  };

  const walk =
    link.host === undefined
      ? eachObject(code, link.place, body)
      : `for(const host of run.nodes[${link.host.fetch.id}]){const o=host.owner;${body("o")}}`;
  const state = code.constant(createState);
  code.define(name, ["run"], `const state=${state}(run.nodes[${link.fetch.id}]);${walk}`);
  return name;
}

function createState(nodes: Node[]): CollectState {
  return { nodes, nodeByKey: new Map() };
}

/** One constructor for each link, so that its nodes have one shape with all slots in place. */
function generateNode(code: Code, link: Link, memos: readonly number[]): string {
  const name = code.fresh("Node");
  const slots = [...memos.map((slot) => `m${slot}`), ...link.hosted.map((hosted) => `l${hosted.fetch.id}`)];
  code.define(
    name,
    ["owner", "representation"],
    `this.owner=owner;this.representation=representation;this.entity=undefined;this.count=1;` +
      `this.index=-1;this.alias="";this.targets=undefined;${slots.map((slot) => `this.${slot}=undefined;`).join("")}`,
  );
  return name;
}

/** The only dynamic part of a representation, when there is exactly one and it is a leaf. */
function simpleKey(
  input: CollectorInput,
  link: Link,
): { readonly types: ReadonlySet<string>; readonly field: string } | undefined {
  const [fragment, ...others] = link.fetch.requires ?? [];
  if (fragment?.kind !== "fragment" || others.length > 0) return undefined;
  const fields = fragment.selections.filter((field) => field.kind !== "field" || field.name !== "__typename");
  const [field, ...rest] = fields;
  if (field?.kind !== "field" || field.selections !== undefined || rest.length > 0) return undefined;
  const types = matchingTypes(input.schema, fragment.on);
  // Custom scalars may be objects, which are equal as text only.
  if (types.size !== 1 || !isBuiltInLeaf(input.schema, fragment.on, field.name)) return undefined;
  return { types, field: field.from };
}

function isBuiltInLeaf(schema: GraphQLSchema, type: string, field: string): boolean {
  const parent = schema.getType(type);
  if (!isObjectType(parent)) return false;
  const text = String(parent.getFields()[field]?.type).replace("!", "");
  return text === "ID" || text === "String" || text === "Int";
}

/** The values of `__typename` for which a type condition holds: the type, and whatever is of it. */
function matchingTypes(schema: GraphQLSchema, condition: string): ReadonlySet<string> {
  const type = schema.getType(condition);
  if (!isAbstractType(type)) return new Set([condition]);
  const names = new Set([condition]);
  for (const other of Object.values(schema.getTypeMap())) {
    if ((isObjectType(other) || isInterfaceType(other)) && schema.isSubType(type, other)) names.add(other.name);
  }
  return names;
}

/**
 * Defines a function (run, base) → JSON text of the representation, or undefined when there is none. At the top of a
 * representation fragments choose by `__typename`; below, they add what applies.
 */
function generateRepresentation(
  input: CollectorInput,
  place: Place,
  requirements: readonly Requirement[],
  fetch: Fetch,
  top: boolean,
): string {
  const { code, schema } = input;
  const name = code.fresh("representation");
  const scope = createScope(place, "o", code.constant(missing));
  const typename = readField(code, scope, "__typename");
  const cases = new Map<string, { readonly types: string[]; readonly fields: readonly RequiredField[] }>();
  const always = requirements.filter((requirement) => requirement.kind === "field");
  const types = new Set<string>();
  const collectTypes = (list: readonly Requirement[]): void => {
    for (const requirement of list) {
      if (requirement.kind !== "fragment") continue;
      for (const type of matchingTypes(schema, requirement.on)) types.add(type);
      collectTypes(requirement.selections);
    }
  };
  collectTypes(requirements);
  for (const type of types) {
    const fields = fieldsFor(schema, requirements, type);
    if (fields.length === 0) continue;
    const setter = typenameSetter(schema, fetch, type);
    const key = `${JSON.stringify(fields)} ${setter ?? ""}`;
    const group = cases.get(key);
    if (group === undefined) cases.set(key, { types: [type], fields });
    else group.types.push(type);
  }

  const writeFields = (fields: readonly RequiredField[], type: string | undefined): string => {
    const local = createScope(place, "o", code.constant(missing));
    const statements: string[] = [];
    const parts: string[] = [];
    for (const field of fields) {
      const comma = parts.length === 0 ? "{" : ",";
      const prefix = literal(`${comma}${JSON.stringify(field.name)}:`);
      const setter =
        field.name === "__typename" && top && type !== undefined ? typenameSetter(schema, fetch, type) : undefined;
      if (setter !== undefined) {
        parts.push(literal(`${comma}"__typename":${JSON.stringify(setter)}`));
        continue;
      }
      const value = code.fresh("v");
      const read = readField(code, local, field.from);
      const text =
        field.selections === undefined
          ? `${code.constant(jsonText)}(${read})`
          : `${generateValue(input, childOf(place, field.from), field.selections, fetch)}(run,${read})`;
      statements.push(`const ${value}=${text};if(${value}===undefined)return undefined;`);
      parts.push(`${prefix}+${value}`);
    }
    const object = parts.length === 0 ? '"{}"' : `${parts.join("+")}+"}"`;
    return `${local.statements.join("")}${statements.join("")}return ${object};`;
  };

  const branches = [...cases.values()].map(
    ({ types: group, fields }) =>
      `${group.map((type) => `case ${literal(type)}:`).join("")}{${writeFields(fields, group[0])}}`,
  );
  const otherwise = top ? "return undefined;" : writeFields(always, undefined);
  const body = branches.length === 0 ? otherwise : `switch(${typename}){${branches.join("")}default:{${otherwise}}}`;
  code.define(name, ["run", "o"], `${branches.length === 0 ? "" : scope.statements.join("")}${body}`);
  return name;
}

/** Defines a function (run, value) → JSON text of a nested required value; null stays null, lists keep their length. */
function generateValue(
  input: CollectorInput,
  place: Place | undefined,
  requirements: readonly Requirement[],
  fetch: Fetch,
): string {
  const { code } = input;
  const name = code.fresh("value");
  if (place === undefined) {
    code.define(name, ["run", "value"], 'return value===null?"null":undefined;');
    return name;
  }
  const object = generateRepresentation(input, place, requirements, fetch, false);
  code.define(
    name,
    ["run", "value"],
    `if(value===null)return "null";if(typeof value!=="object")return undefined;` +
      `if(!Array.isArray(value))return ${object}(run,value);` +
      `let text="";for(const item of value){const part=${name}(run,item);if(part===undefined)return undefined;` +
      `text+=text===""?part:","+part}return "["+text+"]";`,
  );
  return name;
}

function childOf(place: Place, name: string): Place | undefined {
  return place.children.get(name);
}

/** The fields of all fragments that apply to a type, each name once. */
function fieldsFor(
  schema: GraphQLSchema,
  requirements: readonly Requirement[],
  type: string,
): readonly RequiredField[] {
  const fields = new Map<string, RequiredField>();
  const add = (list: readonly Requirement[]): void => {
    for (const requirement of list) {
      if (requirement.kind === "fragment") {
        if (matchingTypes(schema, requirement.on).has(type)) add(requirement.selections);
        continue;
      }
      const known = fields.get(requirement.name);
      const selections =
        known?.selections && requirement.selections
          ? [...known.selections, ...requirement.selections]
          : requirement.selections;
      fields.set(requirement.name, { ...requirement, selections });
    }
  };
  add(requirements);
  return [...fields.values()];
}

/** What the planner wants to stand for `__typename` of an object of this type, as an interface's key needs. */
function typenameSetter(schema: GraphQLSchema, fetch: Fetch, type: string): string | undefined {
  for (const { path, value } of fetch.inputRewrites) {
    const [condition, field, ...rest] = path;
    if (field !== "__typename" || rest.length > 0 || !condition?.startsWith("... on ")) {
      throw new Error(`The engine does not know how to rewrite ${path.join(".")} of a representation.`);
    }
    if (matchingTypes(schema, condition.slice("... on ".length)).has(type)) return String(value);
  }
  return undefined;
}
