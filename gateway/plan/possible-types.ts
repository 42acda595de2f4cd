/**
 * Which object types a subgraph can answer with: of the interfaces and unions of the supergraph, a subgraph may know some
 * members only. Read from the supergraph's `@join__` directives.
 */
import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
} from "graphql";

/** Of the object types behind a field of `type`, those that this subgraph can have there; itself for an object type. */
export type PossibleTypes = (subgraph: string, type: string, field: string) => readonly string[];

/** Every type that a subgraph can have is among them, as far as the supergraph says. */
export function readPossibleTypes(supergraph: DocumentNode, schema: GraphQLSchema): PossibleTypes {
  const subgraphByGraph = new Map<string, string>();
  /** `subgraph Abstract` → members. */
  const members = new Map<string, Set<string>>();
  /** `subgraph Type.field` → the name of its type in the subgraph. */
  const fieldTypes = new Map<string, string>();
  const interfaceObjects = new Set<string>();

  const add = (subgraph: string | undefined, abstract: string | undefined, member: string): void => {
    const key = `${subgraph} ${abstract}`;
    members.set(key, (members.get(key) ?? new Set()).add(member));
  };

  for (const node of supergraph.definitions) {
    if (node.kind !== Kind.ENUM_TYPE_DEFINITION || node.name.value !== "join__Graph") continue;
    for (const value of node.values ?? []) {
      for (const directive of value.directives ?? []) {
        subgraphByGraph.set(value.name.value, argumentsOf(directive).get("name") ?? value.name.value);
      }
    }
  }
  for (const node of supergraph.definitions) {
    if (node.kind === Kind.UNION_TYPE_DEFINITION) {
      eachJoin(node, "join__unionMember", (subgraph, args) => add(subgraph, node.name.value, args.get("member") ?? ""));
      continue;
    }
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION) {
      eachJoin(node, "join__implements", (subgraph, args) => add(subgraph, args.get("interface"), node.name.value));
    }
    eachJoin(node, "join__type", (subgraph, args) => {
      if (args.get("isInterfaceObject") === "true") interfaceObjects.add(`${subgraph} ${node.name.value}`);
    });
    for (const field of node.fields ?? []) {
      eachJoin(field, "join__field", (subgraph, args) => {
        const type = args.get("type");
        if (type !== undefined) fieldTypes.set(`${subgraph} ${node.name.value}.${field.name.value}`, nameIn(type));
      });
    }
  }

  function eachJoin(
    node: { readonly directives?: readonly ConstDirectiveNode[] },
    name: string,
    visit: (subgraph: string | undefined, args: ReadonlyMap<string, string>) => void,
  ): void {
    for (const directive of node.directives ?? []) {
      if (directive.name.value !== name) continue;
      const args = argumentsOf(directive);
      visit(subgraphByGraph.get(args.get("graph") ?? ""), args);
    }
  }

  function typesBehind(subgraph: string, name: string): readonly string[] {
    const type = schema.getType(name);
    if (isObjectType(type)) return [name];
    if (!isAbstractType(type)) return [];
    if (interfaceObjects.has(`${subgraph} ${name}`)) return schema.getPossibleTypes(type).map((each) => each.name);
    return [...(members.get(`${subgraph} ${name}`) ?? [])];
  }

  return (subgraph, type, field) => {
    const own = fieldTypes.get(`${subgraph} ${type}.${field}`);
    if (own !== undefined) return typesBehind(subgraph, own);
    const parent = schema.getType(type);
    const declared = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field] : undefined;
    return declared === undefined ? [] : typesBehind(subgraph, getNamedType(declared.type).name);
  };
}

function argumentsOf(directive: ConstDirectiveNode): ReadonlyMap<string, string> {
  return new Map(
    (directive.arguments ?? []).flatMap(({ name, value }) =>
      value.kind === Kind.STRING || value.kind === Kind.ENUM || value.kind === Kind.BOOLEAN
        ? [[name.value, String(value.value)] as const]
        : [],
    ),
  );
}

/** `[T!]!` → `T` */
function nameIn(type: string): string {
  return type.replace(/[[\]!\s]/g, "");
}
