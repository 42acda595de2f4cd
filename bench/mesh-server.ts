/** The example mesh as a server of the bench. `without-policies` as argument leaves governance out, `reference` takes @apollo/gateway's executor. */
import { boundHeap } from "../cli/heap.ts";
import { startExampleMesh } from "../test/mesh.ts";
import { serveBench, tell } from "./served.ts";

// As cli/main.ts does.
boundHeap();
process.env.APOLLO_TELEMETRY_DISABLED = "true";

const [variant] = process.argv.slice(2);
const mesh = await startExampleMesh({
  // What a question costs, not what it saves to have asked it before.
  keepsNothing: true,
  ...(variant === "without-policies" ? { policies: [] } : {}),
  ...(variant === "reference" ? { executor: "reference" } : {}),
});
serveBench(
  async (asked) => {
    if (asked.kind !== "work") return undefined;
    const { requests, statements } = await mesh.work(() => mesh.data(asked.query, { variables: asked.variables }));
    return { kind: "work", requests, statements };
  },
  async () => mesh[Symbol.asyncDispose](),
);
tell({ kind: "listening", url: mesh.url, supergraphSdl: mesh.supergraph() });
