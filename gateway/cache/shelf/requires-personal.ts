import { type GraphQLCompositeType, type GraphQLSchema, getNamedType, isCompositeType, isUnionType } from "graphql";
import type { Requirement } from "../../plan/plan.ts";
import type { CacheFacts } from "../facts/cache-facts.ts";

/** Whether a representation holds personal data. */
export function requiresPersonal(
  requirements: readonly Requirement[],
  parent: GraphQLCompositeType | undefined,
  graph: { readonly schema: GraphQLSchema; readonly facts: CacheFacts },
): boolean {
  const { schema, facts } = graph;
  return requirements.some((requirement) => {
    if (requirement.kind === "fragment") {
      const condition = schema.getType(requirement.on);
      return requiresPersonal(requirement.selections, isCompositeType(condition) ? condition : parent, graph);
    }
    const { name, selections } = requirement;
    if (parent === undefined || name === "__typename") return false;
    const isPersonal = facts
      .relatedTypes(parent.name)
      .some((type) => facts.personalCategories(`${type}.${name}`).length > 0);
    if (isPersonal || selections === undefined) return isPersonal;
    const field = isUnionType(parent) ? undefined : parent.getFields()[name];
    const type = field && getNamedType(field.type);
    return requiresPersonal(selections, isCompositeType(type) ? type : undefined, graph);
  });
}
