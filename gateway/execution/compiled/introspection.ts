/** `__schema` and `__type` answered by graphql-js from the API schema, beside whatever else an operation asks for. */
import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from "graphql";
import type { ObjectShape } from "./answer-shape.ts";

export interface Introspection {
  /** JSON text of each introspection field by response name. Cached for the last few sets of variables. */
  answer(variables: Readonly<Record<string, unknown>>): ReadonlyMap<string, string>;
}

const none: ReadonlyMap<string, string> = new Map();
const maxCachedAnswers = 16;

/** Undefined when the operation asks for none. */
export function createIntrospection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  shape: ObjectShape,
): Introspection | undefined {
  const fields: { readonly name: string; readonly nodes: readonly FieldNode[] }[] = [];
  for (const [field] of [shape.cases.get(shape.type) ?? []].map((list) => [list])) {
    for (const { responseName, value } of field ?? []) {
      if (value.kind === "introspection") fields.push({ name: responseName, nodes: value.nodes });
    }
  }
  if (fields.length === 0) return undefined;
  const introspect: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        ...(operation.variableDefinitions && { variableDefinitions: operation.variableDefinitions }),
        selectionSet: { kind: Kind.SELECTION_SET, selections: fields.flatMap(({ nodes }) => nodes) },
      },
      ...document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION),
    ],
  };
  const answers = new Map<string, ReadonlyMap<string, string>>();

  return {
    answer(variables) {
      const key = JSON.stringify(variables);
      const known = answers.get(key);
      if (known !== undefined) return known;
      const { data, errors } = executeSync({ schema, document: introspect, variableValues: variables });
      if (!data) throw errors?.[0] ?? new GraphQLError("The schema cannot be introspected.");
      const texts = new Map(fields.map(({ name }) => [name, JSON.stringify(data[name] ?? null)]));
      if (answers.size >= maxCachedAnswers) answers.clear();
      answers.set(key, texts);
      return texts;
    },
  };
}

export const noIntrospection: ReadonlyMap<string, string> = none;
