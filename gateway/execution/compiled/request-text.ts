/** The GraphQL text of a request, ready but for its representations and the client's variables. */
import type { Fetch, VariableDefinition } from "../../plan/plan.ts";
import { printSelections } from "../../plan/print-selections.ts";
import type { ScheduledRequest } from "../../plan/schedule.ts";

export interface RequestText {
  /** For each group of entity fetches: the response name of its `_entities`, and its representations variable. */
  readonly entityKeys: readonly string[];
  readonly representationNames: readonly string[];
  /** The text that asks for these groups only; a bit for each. One text for a root fetch. */
  forGroups(present: number): OperationText;
}

export interface OperationText {
  readonly operationType: "query" | "mutation";
  readonly query: string;
  readonly operationName: string | undefined;
  /** `{"query":"…","operationName":"…","variables":{`; what follows are the variables and two closing braces. */
  readonly prefix: string;
  /** The client's variables that are used. */
  readonly variables: readonly string[];
}

/** Instead of bits, where there may be more groups than bits. */
export const allGroups = -1;

export function createRequestText(request: ScheduledRequest, clientName: string | undefined): RequestText {
  const first = request.groups[0]?.fetches[0]?.fetch;
  if (first === undefined) throw new Error("A request without fetches.");
  const fetches = request.groups.map(({ fetches: [scheduled] }) => scheduled?.fetch ?? first);
  const isEntities = first.requires !== undefined;
  const alone = fetches.length === 1;
  const used = new Set(fetches.flatMap((fetch) => fetch.variables.map(({ name }) => name)));
  let stem = "representations";
  while ([...used].some((name) => name.startsWith(stem))) stem = `_${stem}`;
  const entityKeys = isEntities ? fetches.map((_, index) => (alone ? "_entities" : `_e${index}`)) : [];
  const representationNames = isEntities ? fetches.map((_, index) => (alone ? stem : `${stem}${index}`)) : [];
  const operationName = clientName === undefined ? undefined : (first.operationName ?? clientName);
  const texts = new Map<number, OperationText>();

  function createText(present: number): OperationText {
    const chosen = fetches
      .map((fetch, index) => ({ fetch, index }))
      .filter(({ index }) => present === allGroups || (present & (1 << index)) !== 0);
    const variables = new Map<string, VariableDefinition>();
    for (const { fetch } of chosen) for (const variable of fetch.variables) variables.set(variable.name, variable);
    const definitions = [
      ...(isEntities ? chosen.map(({ index }) => `$${representationNames[index]}:[_Any!]!`) : []),
      ...[...variables.values()].map(printDefinition),
    ];
    const body = isEntities
      ? `{${chosen.map(({ fetch, index }) => printEntities(fetch, entityKeys[index], representationNames[index])).join(" ")}}`
      : printSelections(first?.selections ?? []);
    const directives = first?.directives ? ` ${first.directives} ` : "";
    const query =
      `${first?.operation} ${operationName ?? ""}` +
      `${definitions.length === 0 ? "" : `(${definitions.join(",")})`}${directives}${body}`;
    const name = operationName === undefined ? "" : `"operationName":${JSON.stringify(operationName)},`;
    return {
      operationType: first?.operation === "mutation" ? "mutation" : "query",
      query,
      operationName,
      prefix: `{"query":${JSON.stringify(query)},${name}"variables":{`,
      variables: [...variables.keys()],
    };
  }

  return {
    entityKeys,
    representationNames,
    forGroups(present) {
      const known = texts.get(present);
      if (known !== undefined) return known;
      const text = createText(present);
      texts.set(present, text);
      return text;
    },
  };
}

function printDefinition({ name, type, defaultValue }: VariableDefinition): string {
  return `$${name}:${type}${defaultValue === undefined ? "" : `=${defaultValue}`}`;
}

function printEntities(fetch: Fetch, key: string | undefined, variable: string | undefined): string {
  const alias = key === "_entities" ? "" : `${key}:`;
  return `${alias}_entities(representations:$${variable})${printSelections(fetch.selections)}`;
}
