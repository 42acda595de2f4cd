/** JSON Schema of a document → its keys, one row each: path, type, default, meaning. */
import { code, table } from "./page.ts";

/** As much of JSON Schema as `z.toJSONSchema` writes. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Every key below a schema. Definitions (`$ref`) are linked, not repeated. */
export function keyTable(schema: JsonSchema): string {
  return table(["key", "type", "default", "meaning"], keyRows(schema, ""));
}

/**
 * The same for a block whose keys hold blocks that are much alike: what three of them or more have in common is said once,
 * in a second table.
 */
export function keyTablesOfAlike(schema: JsonSchema): string {
  const rows = keyRows(schema, "");
  const shared = new Map<string, { readonly row: readonly string[]; readonly parents: string[] }>();
  for (const [path = "", ...rest] of rows) {
    const [parent = "", key] = path.replaceAll("`", "").split(".");
    if (key === undefined) continue;
    const row = [code(key), ...rest];
    const known = shared.get(row.join("|"));
    if (known === undefined) shared.set(row.join("|"), { row, parents: [parent] });
    else known.parents.push(parent);
  }
  const common = [...shared.values()].filter(({ parents }) => parents.length >= 3);
  const hidden = new Set(common.flatMap(({ row, parents }) => parents.map((parent) => `${parent}.${row[0]}`)));
  const own = rows.filter(([path = ""]) => {
    const [parent = "", key] = path.replaceAll("`", "").split(".");
    return key === undefined || !hidden.has(`${parent}.${code(key)}`);
  });
  const most = Math.max(...common.map(({ parents }) => parents.length));
  return [
    table(["key", "type", "default", "meaning"], own),
    "Keys of these blocks:",
    table(
      ["key", "type", "default", "meaning", "in"],
      common.map(({ row, parents }) => [...row, parents.length === most ? "all" : parents.map(code).join(", ")]),
    ),
  ].join("\n\n");
}

/** The link to a definition's section. */
function definitionLink(ref: string): string {
  const name = ref.slice(ref.lastIndexOf("/") + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

function keyRows(schema: JsonSchema, prefix: string): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    const path = prefix === "" ? name : `${prefix}.${name}`;
    const required = schema.required?.includes(name) === true;
    return [
      [code(path), typeOf(value), required ? "required" : defaultOf(value), value.description ?? ""],
      ...rowsBelow(value, path),
    ];
  });
}

function rowsBelow(schema: JsonSchema, path: string): readonly (readonly string[])[] {
  if (schema.$ref !== undefined) return [];
  const { items, additionalProperties } = schema;
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  return [
    ...keyRows(schema, path),
    ...(items === undefined ? [] : rowsBelow(items, `${path}[]`)),
    ...(typeof additionalProperties === "object" ? rowsBelow(additionalProperties, `${path}.<name>`) : []),
    ...variants.flatMap((variant) => rowsBelow(variant, path)),
  ];
}

function defaultOf({ default: value }: JsonSchema): string {
  // A block that may be left out has its keys' defaults.
  if (value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0)) {
    return Array.isArray(value) ? code("[]") : "";
  }
  return code(JSON.stringify(value));
}

function typeOf(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return definitionLink(schema.$ref);
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(String(value))).join(", ");
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined) return [...new Set(variants.map(typeOf))].join(" or ");
  switch (schema.type) {
    case "array":
      return `list of ${schema.items === undefined ? "anything" : typeOf(schema.items)}`;
    case "object": {
      const { additionalProperties } = schema;
      return typeof additionalProperties === "object" && schema.properties === undefined
        ? `map of ${typeOf(additionalProperties)}`
        : "block";
    }
    case undefined:
      return "anything";
    default:
      return typeof schema.type === "string" ? schema.type : schema.type.join(" or ");
  }
}
