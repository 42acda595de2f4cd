/**
 * `@defer`: fragments whose fields a client takes later (incremental delivery as clients know it by deferSpec=20220824).
 *
 * Operations are planned as if there were none: what has to be fetched is the same. Which requests the first part of the
 * answer has to wait for shows when the plan is compiled.
 */
import {
  type ASTVisitor,
  type DirectiveNode,
  type DocumentNode,
  GraphQLError,
  Kind,
  type ValidationContext,
  visit,
} from "graphql";

const name = "defer";

const definition = "directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT";

/** A schema's text with the directive, unless it has one of that name. */
export function withDefer(sdl: string): string {
  return /^directive @defer\b/m.test(sdl) ? sdl : `${sdl}\n\n${definition}\n`;
}

/** The names of the variables in `@defer(if:)`, sorted; undefined when nothing is deferred in the document. */
export function deferVariables(document: DocumentNode): readonly string[] | undefined {
  const names = new Set<string>();
  let found = false;
  visit(document, {
    Directive(directive) {
      if (directive.name.value !== name) return;
      found = true;
      const value = argumentOf(directive, "if");
      if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return found ? [...names].sort() : undefined;
}

/** The same document with `@defer` only where it holds, and without its condition; with no values it holds nowhere. */
export function decideDefer(document: DocumentNode, values: ReadonlyMap<string, boolean> | undefined): DocumentNode {
  return visit(document, {
    Directive(directive) {
      if (directive.name.value !== name) return undefined;
      const value = argumentOf(directive, "if");
      const holds =
        value?.kind === Kind.VARIABLE
          ? (values?.get(value.name.value) ?? false)
          : value?.kind !== Kind.BOOLEAN || value.value;
      if (values === undefined || !holds) return null;
      return {
        ...directive,
        arguments: (directive.arguments ?? []).filter((argument) => argument.name.value !== "if"),
      };
    },
  });
}

/** How a fragment is deferred in a document whose `@defer`s are decided. */
export function readDefer(
  directives: readonly DirectiveNode[] | undefined,
): { readonly label: string | undefined } | undefined {
  const directive = directives?.find((each) => each.name.value === name);
  if (directive === undefined) return undefined;
  const label = argumentOf(directive, "label");
  return { label: label?.kind === Kind.STRING ? label.value : undefined };
}

/**
 * Labels tell parts of an answer apart, so they are written in the operation and differ. The root fields of a mutation run
 * one after the other, so none of them comes later.
 */
export function DeferRule(context: ValidationContext): ASTVisitor {
  const labels = new Map<string, DirectiveNode>();
  return {
    Directive(directive) {
      if (directive.name.value !== name) return;
      const label = argumentOf(directive, "label");
      if (label !== undefined && label.kind !== Kind.STRING && label.kind !== Kind.NULL) {
        context.reportError(
          new GraphQLError('The "label" of @defer must be a text, not a variable', { nodes: directive }),
        );
      }
      if (label?.kind === Kind.STRING) {
        const other = labels.get(label.value);
        if (other === undefined) labels.set(label.value, directive);
        else {
          const message = `The label "${label.value}" of @defer is used twice: each one needs its own`;
          context.reportError(new GraphQLError(message, { nodes: [other, directive] }));
        }
      }
      const root = context.getSchema().getMutationType();
      if (root !== undefined && root !== null && context.getParentType() === root) {
        const message = "@defer cannot be used at the root of a mutation, whose fields run one after the other";
        context.reportError(new GraphQLError(message, { nodes: directive }));
      }
    },
  };
}

function argumentOf(
  directive: DirectiveNode,
  argumentName: string,
): NonNullable<DirectiveNode["arguments"]>[number]["value"] | undefined {
  return directive.arguments?.find((argument) => argument.name.value === argumentName)?.value;
}
