import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import type { Subgraph } from "./shop.ts";

/**
 * The supergraph SDL of these subgraphs, which are reached below `origin`; throws with composition's messages when they do
 * not fit together.
 */
export function compose(subgraphs: readonly Subgraph[], origin = "http://shop.invalid"): string {
  const result = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, url: `${origin}/${name}`, typeDefs: parse(sdl) })),
  );
  if (result.supergraphSdl === undefined) {
    throw new Error((result.errors ?? []).map((error) => error.message).join("\n"));
  }
  return result.supergraphSdl;
}
