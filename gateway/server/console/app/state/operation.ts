/** What is in the editor: one document, its variables, and which of its operations runs. */
import { computed, signal } from "@preact/signals";
import { Kind, parse } from "graphql";
import { readLink, type SharedOperation } from "./link.ts";

export const query = signal("");
export const variables = signal("");
/** The chosen operation where the document has several. */
export const chosenOperation = signal<string | undefined>(undefined);

/** Names of the document's operations, empty while it cannot be parsed. */
export const operationNames = computed<readonly string[]>(() => {
  try {
    return parse(query.value).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name !== undefined ? [definition.name.value] : [],
    );
  } catch {
    return [];
  }
});

/** What is sent as `operationName`: needed only where there is a choice. */
export const operationName = computed<string | undefined>(() => {
  const names = operationNames.value;
  if (names.length < 2) return undefined;
  return chosenOperation.value !== undefined && names.includes(chosenOperation.value)
    ? chosenOperation.value
    : names[0];
});

export function open(operation: SharedOperation): void {
  query.value = operation.query;
  variables.value = operation.variables;
  chosenOperation.value = undefined;
}

/** Opens the operation of a shared address; never runs it, because a link is somebody else's text. */
export function openLink(hash: string): void {
  const shared = readLink(hash);
  if (shared !== undefined) open(shared);
}
