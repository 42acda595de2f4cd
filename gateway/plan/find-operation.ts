import { type DocumentNode, Kind, type OperationDefinitionNode } from "graphql";

/** The only operation, or the one of that name; throws a plain Error otherwise, since requests are checked before. */
export function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  const [found, ...others] = name === undefined ? operations : operations.filter((node) => node.name?.value === name);
  if (found === undefined || others.length > 0) throw new Error(`No single operation ${name ?? ""} in the document.`);
  return found;
}
