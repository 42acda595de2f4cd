/** Draws a model: which types and fields there are, and which subgraph resolves which of them. */
import type { Random } from "../random.ts";
import {
  type AroundTypes,
  type EntityType,
  type Field,
  type ItemInterface,
  type Model,
  namedType,
  type Ref,
  type RootField,
  rowsPerType,
} from "./model.ts";

/** Where a field can lead to, by the subgraph that resolves it. */
type PickTarget = (random: Random, owner: string, target: string) => Ref;

export function drawModel(random: Random): Model {
  const subgraphs = ["a", "b", "c", "d"].slice(0, 2 + random.below(3));
  const entities = Array.from({ length: 2 + random.below(3) }, (_, index) =>
    drawEntity(random, `E${index}`, index === 0 || random.chance(55), subgraphs),
  );
  const thingNames = entities.flatMap(({ isThing, name }) => (isThing ? name : []));
  const things = new Map(subgraphs.map((name) => [name, random.some(thingNames, 70)]));
  const memberNames = entities.slice(0, 3).map(({ name }) => name);
  const members = new Map(subgraphs.map((name) => [name, random.some(memberNames, 60)]));
  const thingOwner = random.chance(50) ? random.pick(subgraphs) : undefined;
  if (thingOwner !== undefined) things.set(thingOwner, thingNames);
  const item = random.chance(50) ? drawItem(random, subgraphs) : undefined;

  const pickTarget: PickTarget = (r, owner, target) => {
    const row = r.below(rowsPerType);
    const possible =
      target === "Thing"
        ? things.get(owner)
        : target === "Any"
          ? members.get(owner)
          : target === "Item"
            ? item?.implementations.map(({ name }) => name)
            : [target];
    return { ref: { type: r.pick(possible ?? []), row } };
  };
  const targets = [...entities.map(({ name }) => name), "Thing", "Any", ...(item === undefined ? [] : ["Item"])];

  for (const entity of entities) drawFields(random, entity, targets, subgraphs, pickTarget);
  for (const entity of entities) drawRequirement(random, entity, subgraphs);
  for (const entity of entities) drawProvided(random, entity, entities);
  for (const entity of entities) drawOverride(random, entity, subgraphs);
  const thingFields = thingOwner === undefined ? [] : drawThingFields(random, thingOwner, pickTarget);
  const around = random.chance(35) ? drawAround(random, subgraphs) : undefined;
  const model = { subgraphs, entities, item, around, things, members, thingFields };
  return { ...model, rootFields: drawRootFields(random, model, pickTarget) };
}

function drawEntity(random: Random, name: string, isThing: boolean, subgraphs: readonly string[]): EntityType {
  const keys = random.pick([["id"], ["id"], ["id part"], ["id", "code"], ["id org { name }"], ["id", "code part"]]);
  const hidesCode = keys.some((key) => key.includes("code")) && random.chance(40);
  const [hub, ...others] = random.chance(50) ? subgraphs : [...subgraphs].reverse();
  // Things have their `id` everywhere.
  const known = isThing ? [] : others.map((subgraph) => [subgraph, random.some(keys, 60)] as const);
  const all = keys.length > 1 && hub !== undefined ? new Map([...known, [hub, keys]]) : new Map();
  return { name, keys, keysIn: all, hidesCode, isThing, fields: [] };
}

function drawFields(
  random: Random,
  entity: EntityType,
  targets: readonly string[],
  subgraphs: readonly string[],
  pickTarget: PickTarget,
): void {
  const count = 3 + random.below(4);
  for (let index = 0; index < count; index++) {
    entity.fields.push(drawField(random, `f${index}`, targets, subgraphs, pickTarget));
  }
}

function drawField(
  random: Random,
  name: string,
  targets: readonly string[],
  subgraphs: readonly string[],
  pickTarget: PickTarget,
): Field {
  const owner = random.pick(subgraphs);
  const owners = random.chance(15) ? random.some(subgraphs, 60) : [owner];
  const bang = random.chance(25) ? "!" : "";
  switch (random.below(9)) {
    case 0:
    case 1: {
      const type = random.pick(["String", "Int", "Boolean", "Float", "Color", "Blob"]);
      return { name, args: "", owners, type: type + bang, value: (_row, r) => scalarValue(type, r) };
    }
    case 2:
      return random.pick<Field>([
        {
          name,
          args: "",
          owners,
          type: "[Int]",
          value: (_row, r) => Array.from({ length: r.below(3) }, () => r.below(9)),
        },
        { name, args: "", owners, type: "[String!]", value: () => ["x", 'y"', ""] },
        { name, args: "", owners, type: "[[Int!]]", value: (row) => (row === 2 ? [null, [4]] : [[1, 2], [], [3]]) },
      ]);
    case 3:
      // The result depends on the argument, so that answers for different arguments cannot be mixed up unseen.
      return { name, args: "(n: Int = 1)", owners, type: "String", value: (row) => `arg${row}` };
    case 4: {
      if (random.chance(50)) {
        // Each of two subgraphs knows a part of the same objects.
        const part = (row: number): unknown => ({ p: row, q: `q${row}` });
        if (random.chance(60)) return { name, args: "", owners: ["a", "b"], type: "Split", value: part };
        return { name, args: "", owners: ["a", "b"], type: "[Split!]", value: (row) => [part(row), part(row + 1)] };
      }
      return { name, args: "", owners: random.some(subgraphs, 50), type: `Value${bang}`, value: valueObject };
    }
    default: {
      const target = random.pick(targets);
      const type = random.pick([
        target,
        target,
        `${target}!`,
        `[${target}]`,
        `[${target}!]`,
        `[${target}!]!`,
        `[[${target}]!]`,
      ]);
      return { name, args: "", owners: [owner], type, value: (_row, r) => leadTo(r, type, owner, target, pickTarget) };
    }
  }
}

function leadTo(random: Random, type: string, owner: string, target: string, pickTarget: PickTarget): unknown {
  const one = (): Ref => pickTarget(random, owner, target);
  if (!type.startsWith("[")) return !type.endsWith("!") && random.chance(15) ? null : one();
  const some = (nullable: boolean): unknown[] =>
    Array.from({ length: random.below(4) }, () => (nullable && random.chance(15) ? null : one()));
  if (type.startsWith("[[")) return [some(true), some(true)];
  return some(!type.includes(`${target}!`));
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
    case "Blob":
      return random.pick<unknown>([7, "text", [1, { a: null }], { "odd key": [true], id: "\u2028" }, {}]);
    default:
      return random.pick(["plain", 'quote "inside"', "line\nbreak", "back\\slash", "émoji 🎈", ""]);
  }
}

function valueObject(row: number): unknown {
  const inner = (k: number): unknown => ({ k });
  return { x: row, y: `y${row}`, z: row % 2 === 0 ? null : "z", inner: inner(row), list: [inner(1), inner(row)] };
}

function drawRequirement(random: Random, entity: EntityType, subgraphs: readonly string[]): void {
  const candidates = entity.fields.flatMap((field): NonNullable<Field["requires"]>[] => {
    if (field.owners.length !== 1) return [];
    const { name } = field;
    if (/^(String|Int)!?$/.test(field.type)) {
      if (field.args !== "") return [{ field: name, text: `${name}(n: 3)`, read: (value) => value }];
      return [{ field: name, text: name, read: (value) => value }];
    }
    if (!/^Value!?$/.test(field.type)) return [];
    const read = (value: any): unknown => (value === null ? null : [value.x, value.inner?.k]);
    return [{ field: name, text: `${name} { x inner { k } }`, read }];
  });
  if (candidates.length === 0 || !random.chance(70)) return;
  const requires = random.pick(candidates);
  const base = entity.fields.find(({ name }) => name === requires.field);
  const others = subgraphs.filter((name) => name !== base?.owners[0]);
  if (others.length === 0) return;
  entity.fields.push({
    name: "derived",
    type: "String",
    args: "",
    owners: [random.pick(others)],
    requires,
    value: () => undefined,
  });
}

function drawProvided(random: Random, entity: EntityType, entities: readonly EntityType[]): void {
  for (const field of entity.fields) {
    const target = entities.find((other) => other.name === namedType(field.type));
    const [owner] = field.owners;
    if (target === undefined || owner === undefined || !random.chance(25)) continue;
    const provided = target.fields.find(
      (other) =>
        /^(String|Int|Boolean)!?$/.test(other.type) &&
        other.args === "" &&
        other.requires === undefined &&
        !other.owners.includes(owner),
    );
    if (provided === undefined) continue;
    field.provides = provided.name;
    provided.provided = true;
  }
}

/** A field that nothing else reads may be taken over by another subgraph. */
function drawOverride(random: Random, entity: EntityType, subgraphs: readonly string[]): void {
  const required = entity.fields.map((field) => field.requires?.field);
  entity.fields.forEach((field, index) => {
    const [from] = field.owners;
    const isFree =
      field.owners.length === 1 &&
      field.requires === undefined &&
      field.provides === undefined &&
      !field.provided &&
      !required.includes(field.name) &&
      /^(String|Int|Boolean|Float|Color|Blob)!?$/.test(field.type);
    if (!isFree || from === undefined || !random.chance(20)) return;
    const to = random.pick(subgraphs.filter((name) => name !== from));
    const label = random.pick([undefined, "percent(50)", "late"]);
    entity.fields[index] = { ...field, owners: [from, to], override: { label } };
  });
}

function drawThingFields(random: Random, owner: string, pickTarget: PickTarget): Field[] {
  const fields: Field[] = [{ name: "label", type: "String", args: "", owners: [owner], value: (row) => `label${row}` }];
  if (random.chance(50)) {
    fields.push({
      name: "peer",
      type: "Thing",
      args: "",
      owners: [owner],
      value: (_row, r) => pickTarget(r, owner, "Thing"),
    });
  }
  return fields;
}

function drawItem(random: Random, subgraphs: readonly string[]): ItemInterface {
  const owner = random.pick(subgraphs);
  const implementations = ["I0", "I1", "I2"].slice(0, 1 + random.below(3)).map(
    (name): EntityType => ({
      name,
      keys: ["id"],
      keysIn: new Map(),
      hidesCode: false,
      isThing: false,
      fields: random.chance(70)
        ? [{ name: `own${name}`, type: "Int", args: "", owners: [owner], value: (row) => row * 3 }]
        : [],
    }),
  );
  const others = subgraphs.filter((name) => name !== owner);
  const fields: Field[] = [{ name: "title", type: "String", args: "", owners: [owner], value: (row) => `title${row}` }];
  for (const name of random.some(others, 60)) {
    const type = random.pick(["Int", "Int!", "Value", "Color"]);
    const value = type === "Value" ? valueObject : (_row: number, r: Random) => scalarValue(type.replace("!", ""), r);
    fields.push({ name: `of_${name}`, type, args: "", owners: [name], value });
  }
  return { owner, implementations, fields };
}

function drawAround(random: Random, subgraphs: readonly string[]): AroundTypes {
  const owner = random.pick(subgraphs);
  const entity = (name: string, fields: Field[]): EntityType => ({
    name,
    keys: ["id"],
    keysIn: new Map(),
    hidesCode: false,
    isThing: false,
    fields,
  });
  const to = (name: string, target: string): Field => {
    const type = random.pick([target, `[${target}!]`]);
    const one = (r: Random): Ref => ({ ref: { type: target, row: r.below(rowsPerType) } });
    return {
      name,
      type,
      args: "",
      owners: [random.pick(subgraphs)],
      value: (_row, r) => (type === target ? one(r) : Array.from({ length: r.below(3) }, () => one(r))),
    };
  };
  const plain = (name: string): Field => ({
    name,
    type: "Int",
    args: "",
    owners: [random.pick(subgraphs)],
    value: (row) => row,
  });
  const tone: Field = { name: "tone", type: "String!", args: "", owners: [owner], value: (row) => `tone${row % 2}` };
  const said: Field = {
    name: "said",
    type: "String",
    args: "(n: Int = 1)",
    owners: [owner],
    value: (row) => `said${row}`,
  };
  return {
    owner,
    holder: entity("Holder", [tone, to("leaf", "Leaf"), to("mid", "Mid"), plain("f0")]),
    mid: entity("Mid", [to("leaves", "Leaf"), plain("f0")]),
    leaf: entity("Leaf", [said, plain("f0")]),
  };
}

function drawRootFields(
  random: Random,
  { subgraphs, entities, item, around }: Omit<Model, "rootFields">,
  pickTarget: PickTarget,
): RootField[] {
  const owner = (): string => random.pick(subgraphs);
  const rowsOf = (type: string): Ref["ref"][] => Array.from({ length: rowsPerType }, (_, row) => ({ type, row }));
  const several = (by: string, target: string): Ref["ref"][] =>
    Array.from({ length: 5 }, () => pickTarget(random, by, target).ref);
  const fields: RootField[] = entities.map((entity, index) => ({
    operation: "Query",
    name: `list${index}`,
    type: random.pick([`[${entity.name}]`, `[${entity.name}!]`]),
    owner: owner(),
    refs: rowsOf(entity.name),
  }));
  for (const [index, target] of ["Thing", "Any", ...(item === undefined ? [] : ["Item"])].entries()) {
    const by = owner();
    fields.push({
      operation: "Query",
      name: `mixed${index}`,
      type: `[${target}]`,
      owner: by,
      refs: several(by, target),
    });
  }
  if (item !== undefined) {
    const by = owner();
    fields.push({ operation: "Query", name: "top", type: "Item", owner: by, refs: several(by, "Item") });
  }
  if (around !== undefined) {
    fields.push({ operation: "Query", name: "holders", type: "[Holder]", owner: owner(), refs: rowsOf("Holder") });
  }
  const one = random.pick(entities).name;
  fields.push({ operation: "Query", name: "one", type: one, owner: owner(), refs: [pickTarget(random, "a", one).ref] });
  for (let index = 0; index < 2; index++) {
    const target = random.pick(entities).name;
    const refs = [pickTarget(random, "a", target).ref];
    fields.push({ operation: "Mutation", name: `change${index}`, type: target, owner: owner(), refs });
  }
  return fields;
}
