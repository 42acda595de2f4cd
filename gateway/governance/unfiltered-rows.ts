/**
 * Fields of types with a policy about their rows that a subgraph serves which is no data product of this mesh: nobody
 * filters those rows, so the fields are denied to whom the policy speaks.
 */
import { type ConstDirectiveNode, type DocumentNode, Kind, valueFromASTUntyped } from "graphql";
import type { Caller, Decision, Rules } from "#policies";
import { readMeshDirectives } from "#schema";

/** By coordinate: the decision for a caller, undefined when no policy about rows speaks to it. */
export type UnfilteredRows = ReadonlyMap<string, (caller: Caller) => Decision | undefined>;

/**
 * Guarantees every field that a foreign subgraph may be asked for. Keys are left out where a data product has them too:
 * they are what the product is asked with for the rest of the row, which it filters.
 */
export function readUnfilteredRows(document: DocumentNode, rules: Rules): UnfilteredRows {
  const products = new Set(
    [...readMeshDirectives(document).values()].flatMap((said) => said.products.map(({ name }) => name)),
  );
  const roots = readRootTypes(document);
  const graphNames = readGraphNames(document);
  const unfiltered = new Map<string, (caller: Caller) => Decision | undefined>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || roots.has(definition.name.value)) continue;
    const type = definition.name.value;
    const joined = argumentsOf(definition, "join__type");
    const keys = new Set(joined.flatMap(({ key }) => (typeof key === "string" ? topNames(key) : [])));
    for (const field of definition.fields ?? []) {
      const own = argumentsOf(field, "join__field").filter(({ graph, external }) => graph !== undefined && !external);
      const graphs = (own.length > 0 ? own : joined).map(({ graph }) => graphNames.get(String(graph)) ?? String(graph));
      const foreign = graphs.find((graph) => !products.has(graph));
      const name = field.name.value;
      if (foreign === undefined || (keys.has(name) && graphs.some((graph) => products.has(graph)))) continue;
      unfiltered.set(`${type}.${name}`, (caller) => {
        const decided = rules.decideRows(caller, type);
        if (decided === undefined || (decided.filters.length === 0 && decided.minGroup === undefined)) return undefined;
        const reason = `rows are to be filtered, and the subgraph ${foreign} is no data product that does so`;
        return { effect: "deny", policy: decided.policies[0] ?? "", reason };
      });
    }
  }
  return unfiltered;
}

/** `join__Graph` (join specification): enum value → subgraph. */
function readGraphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const values = document.definitions.flatMap((node) =>
    node.kind === Kind.ENUM_TYPE_DEFINITION && node.name.value === "join__Graph" ? (node.values ?? []) : [],
  );
  return new Map(
    values.flatMap((value) => argumentsOf(value, "join__graph").map(({ name }) => [value.name.value, String(name)])),
  );
}

function argumentsOf(
  { directives = [] }: { readonly directives?: readonly ConstDirectiveNode[] | undefined },
  name: string,
): readonly Readonly<Record<string, unknown>>[] {
  return directives
    .filter((directive) => directive.name.value === name)
    .map((directive) =>
      Object.fromEntries(
        (directive.arguments ?? []).map((argument) => [argument.name.value, valueFromASTUntyped(argument.value)]),
      ),
    );
}

function readRootTypes(document: DocumentNode): ReadonlySet<string> {
  const roots = new Set(["Query", "Mutation", "Subscription"]);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const { type } of definition.operationTypes ?? []) roots.add(type.name.value);
  }
  return roots;
}

/** The fields at the top of a key. */
function topNames(key: string): readonly string[] {
  let flat = key;
  for (let before = ""; before !== flat; ) {
    before = flat;
    flat = flat.replace(/\{[^{}]*\}/g, " ");
  }
  return flat.split(/\s+/).filter((name) => name !== "");
}
