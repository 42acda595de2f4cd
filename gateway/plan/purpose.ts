/**
 * `@purpose(name:)` on an operation: why the client reads, where it does not say so in a header. It is for the gateway
 * alone: an operation is planned as if it were not there.
 */
import {
  type ASTVisitor,
  type DirectiveNode,
  type DocumentNode,
  extendSchema,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  type ValidationContext,
} from "graphql";

const directiveName = "purpose";

const definition = `"""Why the operation reads, as in the header mesh-purpose. It holds only if it was granted to the caller."""
directive @purpose(name: String!) on QUERY | MUTATION | SUBSCRIPTION`;

/** A schema's text with the directive, unless it has one of that name. */
export function withPurpose(sdl: string): string {
  return /^directive @purpose\b/m.test(sdl) ? sdl : `${sdl}\n\n${definition}\n`;
}

/** The same for a schema that is there already. */
export function schemaWithPurpose(schema: GraphQLSchema): GraphQLSchema {
  if (schema.getDirective(directiveName) != null) return schema;
  return extendSchema(schema, parse(definition), { assumeValid: true, assumeValidSDL: true });
}

/** The purpose that the operation declares. The document must be valid. */
export function declaredPurpose({ directives = [] }: OperationDefinitionNode): string | undefined {
  const value = nameOf(directives.find(({ name }) => name.value === directiveName));
  return value?.kind === Kind.STRING ? value.value : undefined;
}

/** The same document without the directive; the same object when it has none. */
export function withoutPurpose(document: DocumentNode): DocumentNode {
  let found = false;
  const definitions = document.definitions.map((node) => {
    if (node.kind !== Kind.OPERATION_DEFINITION) return node;
    const rest = (node.directives ?? []).filter(({ name }) => name.value !== directiveName);
    if (rest.length === (node.directives ?? []).length) return node;
    found = true;
    return { ...node, directives: rest };
  });
  return found ? { ...document, definitions } : document;
}

/** A purpose is written in the operation, so that whoever reviews an operation sees what it is for. */
export function PurposeRule(context: ValidationContext): ASTVisitor {
  return {
    Directive(directive) {
      if (directive.name.value !== directiveName || nameOf(directive)?.kind !== Kind.VARIABLE) return;
      const message = 'The "name" of @purpose must be a text, not a variable; declare changing ones in mesh-purpose';
      context.reportError(new GraphQLError(message, { nodes: directive }));
    },
  };
}

function nameOf(directive: DirectiveNode | undefined) {
  return directive?.arguments?.find(({ name }) => name.value === "name")?.value;
}
