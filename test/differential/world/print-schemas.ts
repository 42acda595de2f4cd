/** A model as SDL: of one server that has everything, and of each subgraph. */
import { allEntities, type EntityType, type Field, fieldsOf, keysIn, type Model, namedType } from "./model.ts";

const keyTypes: Readonly<Record<string, string>> = { id: "ID!", part: "Int!", code: "String!", org: "Org!" };

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@context", "@fromContext"])`;

export function printMonolith(model: Model): string {
  const knowing = (names: ReadonlyMap<string, readonly string[]>, word: string): ReadonlySet<string> =>
    new Set(model.subgraphs.flatMap((name) => (mentions(model, name).has(word) ? (names.get(name) ?? []) : [])));
  const things = knowing(model.things, "Thing");
  const { item } = model;
  const types = allEntities(model).map((entity) => {
    const keys = keyNames(entity.keys).filter((key) => key !== "code" || !entity.hidesCode);
    const interfaces = [
      ...(things.has(entity.name) ? ["Thing"] : []),
      ...(item?.implementations.includes(entity) ? ["Item"] : []),
    ];
    return printType("type", entity.name + (interfaces.length === 0 ? "" : ` implements ${interfaces.join(" & ")}`), [
      ...keys.map((key) => `${key}: ${keyTypes[key]}`),
      ...fieldsOf(model, entity).map(printPlain),
    ]);
  });
  return [
    "scalar Blob",
    "enum Color { RED GREEN }",
    "type Org { name: String! }",
    "type Inner { k: Int }",
    "type Value { x: Int y: String z: String inner: Inner list: [Inner!] }",
    "type Split { p: Int q: String }",
    printType("interface", "Thing", ["id: ID!", ...model.thingFields.map(printPlain)]),
    item === undefined ? "" : printType("interface", "Item", ["id: ID!", ...item.fields.map(printPlain)]),
    `union Any = ${[...knowing(model.members, "Any")].join(" | ")}`,
    ...types,
    printRoot(model, "Query", () => true),
    printRoot(model, "Mutation", () => true),
  ].join("\n");
}

/** Undefined when the subgraph would have no root field and no entity. */
export function printSubgraph(model: Model, name: string): string | undefined {
  const { item, around } = model;
  const words = mentions(model, name);
  const declared = allEntities(model).filter((entity) => isDeclared(model, name, entity, words));
  const text: string[] = [];
  for (const entity of declared) text.push(printEntity(model, name, entity, words, declared));
  if (item !== undefined && item.owner !== name && words.has("Item")) {
    const own = item.fields.filter(({ owners }) => owners.includes(name));
    text.push(printType("type", 'Item @interfaceObject @key(fields: "id")', ["id: ID!", ...own.map(printPlain)]));
  }
  if (item !== undefined && item.owner === name) {
    const own = item.fields.filter(({ owners }) => owners.includes(name));
    text.push(printType("interface", 'Item @key(fields: "id")', ["id: ID!", ...own.map(printPlain)]));
  }
  if (words.has("Thing")) {
    const own = model.thingFields.filter(({ owners }) => owners.includes(name));
    text.push(printType("interface", "Thing", ["id: ID!", ...own.map(printPlain)]));
  }
  if (words.has("Any")) text.push(`union Any = ${model.members.get(name)?.join(" | ")}`);
  text.push(printRoot(model, "Query", (owner) => owner === name));
  text.push(printRoot(model, "Mutation", (owner) => owner === name));
  const body = text.filter((line) => line !== "").join("\n");
  if (body === "" || (declared.length === 0 && !body.includes("type "))) return undefined;
  const has = (word: string): boolean => new RegExp(`\\b${word}\\b`).test(body);
  return [
    link,
    "scalar Blob",
    "enum Color { RED GREEN }",
    has("Org") ? "type Org { name: String! @shareable }" : "",
    has("Value") ? "type Inner { k: Int @shareable }" : "",
    has("Value")
      ? printType(
          "type",
          "Value",
          ["x: Int", "y: String", "z: String", "inner: Inner", "list: [Inner!]"].map((field) => `${field} @shareable`),
        )
      : "",
    has("Split") ? `type Split { ${name === "a" ? "p: Int" : "q: String"} }` : "",
    around?.owner === name ? "" : "",
    body,
  ]
    .filter((line) => line !== "")
    .join("\n");
}

/** Whatever a subgraph's own fields lead to. */
function mentions(model: Model, name: string): ReadonlySet<string> {
  const words = new Set<string>();
  const own = [
    ...allEntities(model).flatMap((entity) => entity.fields),
    ...(model.item?.fields ?? []),
    ...model.thingFields,
  ].filter(({ owners }) => owners.includes(name));
  for (const { type } of own) words.add(namedType(type));
  for (const { owner, type } of model.rootFields) if (owner === name) words.add(namedType(type));
  if (model.thingFields.some(({ owners }) => owners.includes(name))) words.add("Thing");
  if (model.item?.owner === name || model.item?.fields.some(({ owners }) => owners.includes(name))) words.add("Item");
  return words;
}

function isDeclared(model: Model, name: string, entity: EntityType, words: ReadonlySet<string>): boolean {
  const { item, around } = model;
  if (item?.implementations.includes(entity)) return item.owner === name;
  if (around?.owner === name && (entity === around.holder || entity === around.leaf)) return true;
  return (
    entity.fields.some(({ owners }) => owners.includes(name)) ||
    words.has(entity.name) ||
    // The subgraph that knows all keys.
    (entity.keysIn.size > 0 && entity.keysIn.get(name) === entity.keys) ||
    (words.has("Thing") && (model.things.get(name) ?? []).includes(entity.name)) ||
    (words.has("Any") && (model.members.get(name) ?? []).includes(entity.name))
  );
}

function printEntity(
  model: Model,
  name: string,
  entity: EntityType,
  words: ReadonlySet<string>,
  declared: readonly EntityType[],
): string {
  const { item, around } = model;
  const lines = new Map<string, string>();
  const keys = keysIn(entity, name);
  for (const key of keyNames(keys)) {
    lines.set(key, `${key}: ${keyTypes[key]}${key === "code" && entity.hidesCode ? " @inaccessible" : ""}`);
  }
  const isThing = words.has("Thing") && (model.things.get(name) ?? []).includes(entity.name);
  const own = [
    ...entity.fields,
    ...(isThing ? model.thingFields : []),
    ...(item?.implementations.includes(entity) ? item.fields : []),
  ].filter(({ owners }) => owners.includes(name));
  for (const field of own) lines.set(field.name, printFederated(field, name, around?.leaf === entity));
  const external = (original: Field | undefined): void => {
    if (original !== undefined && !lines.has(original.name))
      lines.set(original.name, `${printPlain(original)} @external`);
  };
  for (const { requires } of own) {
    if (requires !== undefined) external(entity.fields.find((field) => field.name === requires.field));
  }
  for (const other of declared) {
    for (const field of other.fields) {
      if (field.provides === undefined || !field.owners.includes(name) || namedType(field.type) !== entity.name)
        continue;
      external(entity.fields.find((candidate) => candidate.name === field.provides));
    }
  }
  // A subgraph with nothing of its own need not be asked for the entity.
  const isStub = own.length === 0 && keys.length === entity.keys.length && (entity.name + name).length % 2 === 0;
  const isHub = entity.keysIn.get(name) === entity.keys;
  const resolvable = isStub && !isHub && Number(entity.name.slice(-1)) % 2 === 0 ? ", resolvable: false" : "";
  const directives = keys.map((key) => `@key(fields: "${key}"${resolvable})`);
  if (around?.owner === name && entity === around.holder) directives.push('@context(name: "around")');
  const interfaces = [...(isThing ? ["Thing"] : []), ...(item?.implementations.includes(entity) ? ["Item"] : [])];
  const implementing = interfaces.length === 0 ? "" : ` implements ${interfaces.join(" & ")}`;
  return printType("type", `${entity.name}${implementing} ${directives.join(" ")}`, [...lines.values()]);
}

function printFederated(field: Field, subgraph: string, takesContext: boolean): string {
  const { name, type, owners, provides, requires, override } = field;
  const args =
    takesContext && name === "said" ? '(n: Int = 1, tone: String @fromContext(field: "$around { tone }"))' : field.args;
  const directives: string[] = [];
  if (override !== undefined) {
    const label = override.label === undefined ? "" : `, label: "${override.label}"`;
    if (owners[1] === subgraph) directives.push(`@override(from: "${owners[0]}"${label})`);
  } else if (owners.length > 1 || field.provided) directives.push("@shareable");
  if (requires !== undefined) directives.push(`@requires(fields: "${requires.text}")`);
  if (provides !== undefined) directives.push(`@provides(fields: "${provides}")`);
  return [`${name}${args}: ${type}`, ...directives].join(" ");
}

function printPlain({ name, args, type }: Field): string {
  return `${name}${args}: ${type}`;
}

function printRoot(model: Model, operation: "Query" | "Mutation", isWanted: (owner: string) => boolean): string {
  const fields = model.rootFields.filter((field) => field.operation === operation && isWanted(field.owner));
  return fields.length === 0
    ? ""
    : printType(
        "type",
        operation,
        fields.map(({ name, type }) => `${name}: ${type}`),
      );
}

function printType(kind: string, head: string, fields: readonly string[]): string {
  return `${kind} ${head} { ${fields.join(" ")} }`;
}

/** The fields that the keys name, nested ones left out. */
function keyNames(keys: readonly string[]): string[] {
  return [...new Set(keys.flatMap((key) => key.replace(/\{[^}]*\}/g, "").split(/\s+/)))].filter((key) => key !== "");
}
