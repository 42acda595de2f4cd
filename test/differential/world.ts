/**
 * A random graph and a random way to cut it: entity types with simple, compound and several keys, value types whose
 * fields lie in different subgraphs, an interface, a union, `@requires`, `@provides`, `@shareable`, arguments.
 *
 * The monolith and the subgraphs resolve from the same rows, so the cut must not be visible in any answer.
 */
import { buildSubgraphSchema } from "@apollo/subgraph";
import { buildSchema, type GraphQLResolveInfo, type GraphQLSchema, isObjectType, parse } from "graphql";
import { createRandom, type Random } from "./random.ts";

export interface World {
  readonly monolith: GraphQLSchema;
  readonly subgraphs: readonly { readonly name: string; readonly sdl: string; readonly schema: GraphQLSchema }[];
  /** What fails, as `Type.field#row`; empty at first. Holds for the monolith and for the subgraphs. */
  readonly failing: Set<string>;
  /** Everything that may fail without touching what federation itself reads (keys, required and provided fields). */
  readonly mayFail: readonly string[];
}

interface Field {
  readonly name: string;
  /** As in SDL. */
  readonly type: string;
  readonly args: string;
  /** Subgraphs that resolve it. */
  readonly owners: readonly string[];
  /** `@requires(fields: …)` at its only owner. */
  readonly requires: readonly string[];
  /** `@provides(fields: …)` at its only owner. */
  provides: string | undefined;
  /** Provided by some other field, and therefore shared. */
  provided?: boolean;
  readonly value: (row: number, random: Random) => unknown;
}

interface EntityType {
  readonly name: string;
  readonly keys: readonly (readonly string[])[];
  readonly fields: Field[];
  readonly isThing: boolean;
}

type Row = Record<string, unknown> & { readonly __typename: string; readonly row: number };

const rowsPerType = 4;
const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable"])\n`;

export function createWorld(seed: number): World {
  const random = createRandom(seed);
  const subgraphNames = ["a", "b", "c", "d"].slice(0, 2 + random.below(3));
  const entities: EntityType[] = Array.from({ length: 2 + random.below(3) }, (_, index) =>
    createEntity(random, `E${index}`),
  );
  for (const entity of entities) addFields(random, entity, entities, subgraphNames);
  for (const entity of entities) addProvides(random, entity, entities);

  const rows = new Map<string, Row[]>();
  for (const entity of entities) {
    rows.set(
      entity.name,
      Array.from({ length: rowsPerType }, (_, row) => createRow(random, entity, row)),
    );
  }
  const failing = new Set<string>();
  const rootFields = createRootFields(random, entities, subgraphNames);
  const parts = { entities, rootFields, rows, failing };
  const monolithSdl = printMonolith(entities, rootFields);
  const monolith = buildSchema(monolithSdl);
  attachResolvers(monolith, parts);
  const subgraphs = subgraphNames.flatMap((name) => {
    const sdl = printSubgraph(name, entities, rootFields);
    if (sdl === undefined) return [];
    const schema = buildSubgraphSchema([
      { typeDefs: parse(sdl), resolvers: referenceResolvers(sdl, entities, rows) as never },
    ]);
    attachResolvers(schema, parts);
    return [{ name, sdl, schema }];
  });
  return { monolith, subgraphs, failing, mayFail: listMayFail(entities) };
}

function createEntity(random: Random, name: string): EntityType {
  const keys = random.pick([[["id"]], [["id"]], [["id", "part"]], [["id"], ["code"]]]);
  return { name, keys, fields: [], isThing: random.chance(60) };
}

const keyTypes: Readonly<Record<string, string>> = { id: "ID!", part: "Int!", code: "String!" };

function addFields(
  random: Random,
  entity: EntityType,
  entities: readonly EntityType[],
  subgraphs: readonly string[],
): void {
  const owner = (): string[] => [random.pick(subgraphs)];
  const wrap = (type: string): string => `${type}${random.chance(25) ? "!" : ""}`;
  const count = 3 + random.below(4);
  for (let index = 0; index < count; index++) {
    const owners = random.chance(15) ? random.some(subgraphs, 60) : owner();
    const plain = { name: `f${index}`, args: "", owners, requires: [], provides: undefined };
    const kind = random.below(8);
    if (kind < 2) {
      const type = random.pick(["String", "Int", "Boolean", "Float", "Color"]);
      entity.fields.push({ ...plain, type: wrap(type), value: (_row, r) => scalarValue(type, r) });
    } else if (kind === 2) {
      entity.fields.push({
        ...plain,
        type: random.pick(["[Int]", "[String!]", "[[Int!]]"]),
        value: (_row, r) => listValue(r),
      });
      const list = entity.fields.at(-1);
      if (list?.type === "[[Int!]]")
        entity.fields[entity.fields.length - 1] = { ...list, value: () => [[1, 2], [], [3]] };
      if (list?.type === "[String!]")
        entity.fields[entity.fields.length - 1] = { ...list, value: () => ["x", 'y"', ""] };
    } else if (kind === 3) {
      // The result depends on the argument, so that answers for different arguments cannot be mixed up unseen.
      entity.fields.push({ ...plain, args: "(n: Int = 1)", type: "String", value: (row) => `arg${row}` });
    } else if (kind === 4 && random.chance(50)) {
      // Each of two subgraphs knows a part of the same objects.
      const list = random.chance(40);
      const part = (row: number): unknown => ({ p: row, q: `q${row}` });
      const type = list ? "[Split!]" : "Split";
      const value = (row: number): unknown => (list ? [part(row), part(row + 1)] : part(row));
      entity.fields.push({ ...plain, owners: ["a", "b"], type, value });
    } else if (kind === 4) {
      entity.fields.push({
        ...plain,
        owners: random.some(subgraphs, 50),
        type: wrap("Value"),
        value: (row) => ({
          __typename: "Value",
          row: row + index,
          x: row,
          y: `y${row}`,
          z: row % 2 === 0 ? null : "z",
        }),
      });
    } else {
      const target = random.pick([...entities, "Thing", "Any"] as const);
      const name = typeof target === "string" ? target : target.name;
      const isList = random.chance(50);
      entity.fields.push({
        ...plain,
        owners: owner(),
        type: isList ? random.pick([`[${name}]`, `[${name}!]`, `[${name}!]!`]) : name,
        value: (row, r) => {
          const pickRef = (): unknown => ({ ref: pickTarget(r, target, entities) });
          if (isList) return Array.from({ length: r.below(4) }, pickRef);
          return r.chance(15) ? null : { ref: pickTarget(r, target, entities), row };
        },
      });
    }
  }
  const required = entity.fields.filter(
    (field) => field.owners.length === 1 && /^(String|Int)!?$/.test(field.type) && field.args === "",
  );
  const base = required.length > 0 && random.chance(70) ? random.pick(required) : undefined;
  const others = subgraphs.filter((name) => name !== base?.owners[0]);
  if (base !== undefined && others.length > 0) {
    entity.fields.push({
      name: "derived",
      type: "String",
      args: "",
      owners: [random.pick(others)],
      requires: [base.name],
      provides: undefined,
      value: () => undefined,
    });
  }
}

function pickTarget(
  random: Random,
  target: EntityType | "Thing" | "Any",
  entities: readonly EntityType[],
): { type: string; row: number } {
  const row = random.below(rowsPerType);
  if (typeof target !== "string") return { type: target.name, row };
  const possible = target === "Thing" ? thingsOf(entities) : unionOf(entities);
  return { type: random.pick(possible).name, row };
}

/** At least one type implements the interface. */
function thingsOf(entities: readonly EntityType[]): readonly EntityType[] {
  const things = entities.filter((entity) => entity.isThing);
  return things.length > 0 ? things : entities.slice(0, 1);
}

function unionOf(entities: readonly EntityType[]): readonly EntityType[] {
  return entities.slice(0, 2);
}

function addProvides(random: Random, entity: EntityType, entities: readonly EntityType[]): void {
  for (const field of entity.fields) {
    const target = entities.find((other) => other.name === field.type.replace(/[[\]!]/g, ""));
    const [owner] = field.owners;
    if (target === undefined || owner === undefined || !random.chance(25)) continue;
    const provided = target.fields.find(
      (other) =>
        /^(String|Int|Boolean)!?$/.test(other.type) &&
        other.args === "" &&
        other.requires.length === 0 &&
        !other.owners.includes(owner),
    );
    if (provided === undefined) continue;
    field.provides = provided.name;
    provided.provided = true;
  }
}

function scalarValue(type: string, random: Random): unknown {
  switch (type) {
    case "Int":
      return random.below(100);
    case "Float":
      return random.below(100) / 4;
    case "Boolean":
      return random.chance(50);
    case "Color":
      return random.pick(["RED", "GREEN"]);
    default:
      return random.pick(["plain", 'quote "inside"', "line\nbreak", "back\\slash", "émoji 🎈", ""]);
  }
}

function listValue(random: Random): unknown[] {
  return Array.from({ length: random.below(3) }, () => random.below(10));
}

function createRow(random: Random, entity: EntityType, row: number): Row {
  const values: Record<string, unknown> = {};
  for (const field of entity.fields) values[field.name] = field.value(row, random);
  return {
    ...values,
    __typename: entity.name,
    row,
    id: `${entity.name}-${row >> 1}${row & 1}`,
    part: row,
    code: `c${row}`,
  };
}

interface RootField {
  readonly name: string;
  readonly type: string;
  readonly owner: string;
  readonly refs: readonly { readonly type: string; readonly row: number }[];
}

function createRootFields(random: Random, entities: readonly EntityType[], subgraphs: readonly string[]): RootField[] {
  const fields: RootField[] = entities.map((entity, index) => ({
    name: `list${index}`,
    type: random.pick([`[${entity.name}]`, `[${entity.name}!]`]),
    owner: random.pick(subgraphs),
    refs: Array.from({ length: rowsPerType }, (_, row) => ({ type: entity.name, row })),
  }));
  for (const [index, target] of (["Thing", "Any"] as const).entries()) {
    fields.push({
      name: `mixed${index}`,
      type: `[${target}]`,
      owner: random.pick(subgraphs),
      refs: Array.from({ length: 5 }, () => pickTarget(random, target, entities)),
    });
  }
  const one = random.pick(entities);
  fields.push({
    name: "one",
    type: one.name,
    owner: random.pick(subgraphs),
    refs: [{ type: one.name, row: random.below(rowsPerType) }],
  });
  return fields;
}

function listMayFail(entities: readonly EntityType[]): string[] {
  const read = new Set<string>();
  for (const entity of entities) {
    for (const field of entity.fields) {
      for (const name of field.requires) read.add(`${entity.name}.${name}`);
      if (field.provides !== undefined) read.add(`${field.type.replace(/[[\]!]/g, "")}.${field.provides}`);
    }
  }
  return entities.flatMap((entity) =>
    entity.fields
      .filter((field) => !read.has(`${entity.name}.${field.name}`) && !/Value|Split/.test(field.type))
      .flatMap((field) => Array.from({ length: rowsPerType }, (_, row) => `${entity.name}.${field.name}#${row}`)),
  );
}

// ── SDL ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const valueTypes = `enum Color { RED GREEN }\n`;

function printMonolith(entities: readonly EntityType[], rootFields: readonly RootField[]): string {
  const types = entities.map((entity) => {
    const keys = [...new Set(entity.keys.flat())].map((key) => `${key}: ${keyTypes[key]}`);
    const fields = entity.fields.map((field) => `${field.name}${field.args}: ${field.type}`);
    return `type ${entity.name}${isThing(entity, entities) ? " implements Thing" : ""} { ${[...keys, ...fields].join(" ")} }`;
  });
  return [
    valueTypes,
    "type Value { x: Int y: String z: String }",
    "type Split { p: Int q: String }",
    "interface Thing { id: ID! }",
    `union Any = ${unionOf(entities)
      .map(({ name }) => name)
      .join(" | ")}`,
    ...types,
    `type Query { ${rootFields.map((field) => `${field.name}: ${field.type}`).join(" ")} }`,
  ].join("\n");
}

function isThing(entity: EntityType, entities: readonly EntityType[]): boolean {
  return thingsOf(entities).includes(entity);
}

/** Undefined when the subgraph would have no root field and no entity. */
function printSubgraph(
  name: string,
  entities: readonly EntityType[],
  rootFields: readonly RootField[],
): string | undefined {
  const roots = rootFields.filter((field) => field.owner === name);
  const owned = (entity: EntityType): Field[] => entity.fields.filter((field) => field.owners.includes(name));
  const text = JSON.stringify([
    roots.map(({ type }) => type),
    entities.map((entity) => owned(entity).map(({ type }) => type)),
  ]);
  const usesThing = text.includes("Thing");
  const usesUnion = text.includes("Any");
  const isNeeded = (entity: EntityType): boolean =>
    owned(entity).length > 0 ||
    new RegExp(`\\b${entity.name}\\b`).test(text) ||
    (usesThing && isThing(entity, entities)) ||
    (usesUnion && unionOf(entities).includes(entity));
  const present = entities.filter(isNeeded);
  if (present.length === 0) return undefined;
  const valueOwners = entities.flatMap((entity) => entity.fields).filter((field) => field.type.startsWith("Value"));
  const usesSplit = present.some((entity) => owned(entity).some((field) => field.type.includes("Split")));
  const usesValue = valueOwners.some((field) => field.owners.includes(name));

  const types = present.map((entity) => {
    const lines = new Map<string, string>();
    for (const key of entity.keys.flat()) lines.set(key, `${key}: ${keyTypes[key]}`);
    for (const field of owned(entity)) {
      const shareable = field.owners.length > 1 || field.provided ? " @shareable" : "";
      const requires = field.requires.length > 0 ? ` @requires(fields: "${field.requires.join(" ")}")` : "";
      const provides = field.provides === undefined ? "" : ` @provides(fields: "${field.provides}")`;
      lines.set(field.name, `${field.name}${field.args}: ${field.type}${shareable}${requires}${provides}`);
      for (const required of field.requires) {
        const original = entity.fields.find((other) => other.name === required);
        if (original !== undefined && !lines.has(required))
          lines.set(required, `${required}: ${original.type} @external`);
      }
    }
    for (const other of present) {
      for (const field of owned(other)) {
        if (field.provides === undefined || field.type.replace(/[[\]!]/g, "") !== entity.name) continue;
        const original = entity.fields.find((candidate) => candidate.name === field.provides);
        if (original !== undefined && !lines.has(original.name))
          lines.set(original.name, `${original.name}: ${original.type} @external`);
      }
    }
    const keys = entity.keys.map((fields) => `@key(fields: "${fields.join(" ")}")`).join(" ");
    const implementing = usesThing && isThing(entity, entities) ? " implements Thing" : "";
    return `type ${entity.name}${implementing} ${keys} { ${[...lines.values()].join(" ")} }`;
  });
  return [
    federation,
    valueTypes,
    usesValue ? "type Value { x: Int @shareable y: String @shareable z: String @shareable }" : "",
    usesSplit ? `type Split { ${name === "a" ? "p: Int" : "q: String"} }` : "",
    usesThing ? "interface Thing { id: ID! }" : "",
    usesUnion
      ? `union Any = ${unionOf(entities)
          .map(({ name: member }) => member)
          .join(" | ")}`
      : "",
    ...types,
    roots.length > 0 ? `type Query { ${roots.map((field) => `${field.name}: ${field.type}`).join(" ")} }` : "",
  ].join("\n");
}

// ── resolvers ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Parts {
  readonly entities: readonly EntityType[];
  readonly rootFields: readonly RootField[];
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly failing: ReadonlySet<string>;
}

function attachResolvers(schema: GraphQLSchema, { entities, rootFields, rows, failing }: Parts): void {
  const rowOf = (ref: { type: string; row: number }): Row | undefined => rows.get(ref.type)?.[ref.row];
  const resolveRef = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolveRef);
    if (typeof value === "object" && value !== null && "ref" in value)
      return rowOf(value.ref as { type: string; row: number });
    return value;
  };
  const query = schema.getQueryType()?.getFields() ?? {};
  for (const root of rootFields) {
    const field = query[root.name];
    if (field === undefined) continue;
    const values = root.refs.map((ref) => rowOf(ref));
    field.resolve = () => (root.type.startsWith("[") ? values : values[0]);
  }
  for (const entity of entities) {
    const type = schema.getType(entity.name);
    if (!isObjectType(type)) continue;
    for (const { name, requires } of entity.fields) {
      const field = type.getFields()[name];
      if (field === undefined) continue;
      field.resolve = (source: Row, args: { n?: number }, _context: unknown, _info: GraphQLResolveInfo) => {
        if (failing.has(`${entity.name}.${name}#${source.row}`)) throw new Error(`${entity.name}.${name} fails`);
        if (requires.length > 0)
          return `derived from ${requires.map((needed) => JSON.stringify(source[needed])).join()}`;
        const value = resolveRef(source[name]);
        return "n" in args ? `${value}:${args.n}` : value;
      };
    }
  }
}

/** What a representation holds beyond its key replaces the row's own values, so that missing requirements are seen. */
function referenceResolvers(
  sdl: string,
  entities: readonly EntityType[],
  rows: ReadonlyMap<string, readonly Row[]>,
): object {
  const resolvers: Record<string, object> = {};
  for (const entity of entities) {
    const definition = sdl.split("\n").find((line) => line.startsWith(`type ${entity.name} `));
    if (definition === undefined) continue;
    const foreign = entity.fields
      .flatMap((field) => field.requires)
      .filter((name) => new RegExp(`\\b${name}: \\w+!? @external`).test(definition));
    resolvers[entity.name] = {
      __resolveReference(representation: Record<string, unknown>) {
        const keys = Object.keys(representation).filter((key) => key in keyTypes);
        const row = rows
          .get(entity.name)
          ?.find((candidate) => keys.every((key) => candidate[key] === representation[key]));
        if (row === undefined) return null;
        return { ...row, ...Object.fromEntries(foreign.map((name) => [name, representation[name]])) };
      },
    };
  }
  return resolvers;
}
