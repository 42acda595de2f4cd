import { Cancel } from "#http";
import { anonymous } from "#policies";
import { createRequest } from "../transport/create-request.ts";
import type { SubgraphClient } from "../transport/subgraph-client.ts";
import { SubgraphFailure } from "../transport/subgraph-failure.ts";

const question = createRequest({
  operationType: "query",
  query: "query SubgraphSdl { _service { sdl } }",
  operationName: "SubgraphSdl",
  variables: {},
  caller: anonymous,
  headers: new Map(),
});

/**
 * What a running subgraph says its SDL is (Apollo Federation subgraph specification, `_service { sdl }`). Raises
 * `SubgraphFailure` when it gives no answer, or one without it.
 */
export async function fetchSdl(client: SubgraphClient): Promise<string> {
  const { data, errors } = await client.execute(question, new Cancel());
  const service = data?._service;
  const sdl = typeof service === "object" && service !== null && "sdl" in service ? service.sdl : undefined;
  if (typeof sdl === "string" && sdl !== "") return sdl;
  const detail =
    errors === undefined ? "no `_service { sdl }`" : "`_service { sdl }` failed: is it a federation subgraph?";
  throw new SubgraphFailure(client.name, "invalid-response", { detail });
}
