/** A graph of subgraphs' SDL, as shelves and invalidations see it. */
import { composeServices } from "@apollo/composition";
import { type GraphQLSchema, Kind, parse } from "graphql";
import { readCacheHints } from "#schema";
import { buildSupergraphSchema } from "../../plan/build-schemas.ts";
import type { Fetch } from "../../plan/plan.ts";
import { readSelections } from "../../plan/read-selections.ts";
import { type CacheFacts, readCacheFacts } from "../facts/cache-facts.ts";

export interface Graph {
  readonly schema: GraphQLSchema;
  readonly facts: CacheFacts;
}

/** By name. Throws when they do not compose. */
export function graphOf(subgraphs: Readonly<Record<string, string>>): Graph {
  const services = Object.entries(subgraphs).map(([name, sdl]) => ({
    name,
    url: `http://${name}.invalid`,
    typeDefs: parse(sdl),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors?.join("\n"));
  const hints = new Map(services.map(({ name, typeDefs }) => [name, readCacheHints(typeDefs)]));
  return {
    schema: buildSupergraphSchema(parse(supergraphSdl)),
    facts: readCacheFacts(parse(supergraphSdl), hints),
  };
}

/** A fetch of a subgraph; of entities where the text begins with a fragment. */
export function fetchOf(subgraph: string, text: string, change: Partial<Fetch> = {}): Fetch {
  const [operation] = parse(text, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`No operation: ${text}`);
  const { selections, variables } = readSelections(operation.selectionSet);
  return {
    kind: "fetch",
    id: 1,
    subgraph,
    operation: "query",
    operationName: undefined,
    path: [],
    requires: selections[0]?.kind === "fragment" ? [] : undefined,
    selections,
    variables: [...variables].map((name) => ({ name, type: "String", defaultValue: undefined })),
    directives: "",
    inputRewrites: [],
    outputRewrites: [],
    contextRewrites: [],
    ...change,
  };
}
