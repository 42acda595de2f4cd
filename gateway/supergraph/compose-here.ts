import { composeServices } from "@apollo/composition";
import { type DocumentNode, GraphQLError, parse } from "graphql";
import type { CompositionError } from "./composition-error.ts";
import { readCompositionError, readSyntaxError } from "./read-composition-error.ts";

/** One product's part of the graph. Plain data: it crosses to the worker. */
export interface ComposableSubgraph {
  readonly name: string;
  readonly sdl: string;
  /** Written into the supergraph; empty for a subgraph in the gateway's own process. */
  readonly url: string;
}

/** Plain data: it crosses from the worker. */
export type CompositionResult =
  | { readonly kind: "composed"; readonly supergraphSdl: string; readonly hints: readonly CompositionHint[] }
  | { readonly kind: "failed"; readonly errors: readonly CompositionError[] };

/** Something that composes, but perhaps not as meant. */
export interface CompositionHint {
  readonly code: string;
  readonly message: string;
}

/**
 * Composes on the calling thread, which stands still meanwhile (0.1 to 0.5 s). The result does not depend on the order of
 * the subgraphs. Never throws for what the SDL says.
 */
export function composeHere(subgraphs: readonly ComposableSubgraph[]): CompositionResult {
  const sorted = subgraphs.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const names = sorted.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return { kind: "failed", errors: [duplicate(twice)] };

  const errors: CompositionError[] = [];
  const services: { name: string; url: string; typeDefs: DocumentNode }[] = [];
  for (const { name, sdl, url } of sorted) {
    try {
      services.push({ name, url, typeDefs: parse(sdl) });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      errors.push(readSyntaxError(error, name));
    }
  }
  if (errors.length > 0) return { kind: "failed", errors };

  const result = composeServices(services);
  if (result.errors !== undefined) {
    return { kind: "failed", errors: result.errors.map((error) => readCompositionError(error, names)) };
  }
  const hints = result.hints.map(({ definition, message }) => ({ code: definition.code, message }));
  return { kind: "composed", supergraphSdl: result.supergraphSdl, hints };
}

function duplicate(product: string): CompositionError {
  return {
    code: "DUPLICATE_PRODUCT",
    products: [product],
    coordinate: undefined,
    reason: `Two subgraphs are named "${product}"`,
    advice: "A product's name is unique in the mesh: rename one of them",
    places: [],
  };
}
