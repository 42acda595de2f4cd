/** Random operations: aliases (also nasty ones), fragments, conditions, variables, arguments, `__typename`. */
import {
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  parse,
  validate,
} from "graphql";
import { createRandom, type Random } from "./random.ts";

export interface RandomOperation {
  readonly query: string;
  readonly variables: Record<string, unknown>;
}

const nastyAliases = [
  "id",
  "f0",
  "f1",
  "derived",
  "code",
  "__proto__",
  "constructor",
  "toString",
  "representations",
  "_entities",
];

/** Valid against the schema; undefined when this seed gives none (fields that cannot be merged). */
export function createOperation(schema: GraphQLSchema, seed: number): RandomOperation | undefined {
  const random = createRandom(seed);
  const fragments: string[] = [];
  const usedVariables = new Set<string>();
  const keyword = schema.getMutationType() && random.chance(8) ? "mutation" : "query";
  const root = keyword === "mutation" ? schema.getMutationType() : schema.getQueryType();
  if (!root) return undefined;

  function directive(): string {
    if (!random.chance(10)) return "";
    const name = random.pick(["yes", "no", "representations"]);
    if (random.chance(20)) return random.pick([" @include(if: true)", " @skip(if: true)"]);
    usedVariables.add(name);
    return random.pick([` @include(if: $${name})`, ` @skip(if: $${name})`]);
  }

  function selectionSet(type: GraphQLNamedType, depth: number): string {
    const parts: string[] = [];
    const count = 1 + random.below(4);
    for (let index = 0; index < count; index++) parts.push(selection(type, depth, random));
    return `{ ${parts.join(" ")} }`;
  }

  function selection(type: GraphQLNamedType, depth: number, r: Random): string {
    const abstract = !isObjectType(type);
    if (r.chance(abstract ? 60 : 12)) {
      const possible = abstract ? schema.getPossibleTypes(type as never).map((each) => each.name) : [];
      const interfaces = isObjectType(type) ? type.getInterfaces().map((each) => each.name) : [];
      const on = r.pick([...possible, ...possible, ...interfaces, type.name]);
      const below = schema.getType(on);
      if (below === undefined || depth <= 0) return "__typename";
      if (r.chance(25)) {
        const name = `F${fragments.length}`;
        const index = fragments.push("") - 1;
        fragments[index] = `fragment ${name} on ${on} ${selectionSet(below, depth - 1)}`;
        return `...${name}${directive()}`;
      }
      return `... ${r.chance(10) && on === type.name ? "" : `on ${on}`}${directive()} ${selectionSet(below, depth - 1)}`;
    }
    if (!isObjectType(type) && !isInterfaceType(type)) return "__typename";
    if (r.chance(8)) return `${r.chance(40) ? "kind: " : ""}__typename`;
    const field = r.pick(Object.values(type.getFields()));
    const named = getNamedType(field.type);
    const composite = isCompositeType(named);
    if (composite && depth <= 0) return "__typename";
    let args = "";
    if (field.args.length > 0 && r.chance(70)) {
      if (r.chance(50)) args = `(n: ${r.below(3)})`;
      else {
        usedVariables.add("n");
        args = "(n: $n)";
      }
    }
    let alias = "";
    if (args !== "" && r.chance(80)) alias = `x${r.below(1000)}: `;
    else if (r.chance(15)) alias = `${r.chance(40) ? r.pick(nastyAliases) : `x${r.below(1000)}`}: `;
    return `${alias}${field.name}${args}${directive()}${composite ? ` ${selectionSet(named, depth - 1)}` : ""}`;
  }

  const body = selectionSet(root, 4);
  const definitions: Record<string, string> = {
    yes: "$yes: Boolean!",
    no: "$no: Boolean = false",
    n: "$n: Int",
    representations: "$representations: Boolean!",
  };
  const names = [...usedVariables];
  const head = names.length === 0 ? "" : `(${names.map((name) => definitions[name]).join(", ")})`;
  const query = `${keyword}${random.chance(50) ? " Named" : ""}${head} ${body}\n${fragments.join("\n")}`;
  const all: Record<string, unknown> = {
    yes: random.chance(70),
    n: random.below(5),
    representations: random.chance(50),
  };
  const variables = Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]]));
  return validate(schema, parse(query)).length === 0 ? { query, variables } : undefined;
}
