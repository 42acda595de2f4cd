/**
 * Which schema coordinates an operation names: fields, arguments, input fields and enum values in literals, through
 * fragments, in default values of variables too. A fragment that the operation does not reach does not count.
 */
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

/**
 * `Order.total`, `Query.orders(first:)`, `OrderFilter.region`, `Region.WEST`; of a field on an interface, the interface's.
 * The document must be valid for the schema. Introspection (`__…`) is left out.
 */
export function collectCoordinates(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): ReadonlySet<string> {
  const named = new Set<string>();
  for (const definition of reachableDefinitions(document, operation)) {
    const types = new TypeInfo(schema);
    visit(
      definition,
      visitWithTypeInfo(types, {
        Field({ name }) {
          const parent = types.getParentType();
          if (parent == null || isIntrospection(parent.name) || isIntrospection(name.value)) return;
          named.add(`${parent.name}.${name.value}`);
        },
        Argument({ name }) {
          const field = types.getFieldDef();
          const parent = types.getParentType();
          // A directive's argument belongs to no field of the mesh.
          if (types.getDirective() != null || field == null || parent == null) return;
          if (isIntrospection(parent.name) || isIntrospection(field.name)) return;
          named.add(`${parent.name}.${field.name}(${name.value}:)`);
        },
        ObjectField({ name }) {
          const parent = getNamedType(types.getParentInputType());
          if (isInputObjectType(parent)) named.add(`${parent.name}.${name.value}`);
        },
        EnumValue({ value }) {
          const type = getNamedType(types.getInputType());
          if (isEnumType(type)) named.add(`${type.name}.${value}`);
        },
      }),
    );
  }
  return named;
}

function isIntrospection(name: string): boolean {
  return name.startsWith("__");
}

/** The operation and every fragment that it reaches. */
function reachableDefinitions(
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly (OperationDefinitionNode | FragmentDefinitionNode)[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const reached = new Set<OperationDefinitionNode | FragmentDefinitionNode>([operation]);
  for (const definition of reached) {
    visit(definition, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment !== undefined) reached.add(fragment); // a Set is iterated to its end, also past what is added here
      },
    });
  }
  return [...reached];
}
