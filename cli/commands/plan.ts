import { GraphQLError } from "graphql";
import { compose as composeSubgraphs, explainPlan } from "#gateway";
import { readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { composableSubgraphs } from "../mesh/composable-subgraphs.ts";
import { compositionFindings } from "../mesh/composition-findings.ts";
import { loadMesh } from "../mesh/load-mesh.ts";
import { FindingsError } from "../terminal/print-failure.ts";

export interface PlanCommandOptions {
  readonly config?: string;
  readonly operation?: string;
}

/** Prints how the graph of the configuration would run a query; nothing is fetched, so nothing has to run. */
export async function plan(query: string, { config: file, operation }: PlanCommandOptions): Promise<void> {
  const config = await readConfig(file);
  const { mesh } = await loadMesh(config);
  const { subgraphs } = await composableSubgraphs(mesh);
  const result = await composeSubgraphs(subgraphs);
  if (result.kind !== "composed") {
    throw new FindingsError("the products do not make one graph", compositionFindings(result, config.file));
  }
  try {
    const explanation = explainPlan(result.supergraphSdl, query, operation);
    console.log(`${explanation.plan.trimEnd()}\n\n${explanation.schedule.trimEnd()}`);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const [place] = error.locations ?? [];
    const where = place === undefined ? "" : ` at ${place.line}:${place.column}`;
    throw commandError("QUERY_INVALID", `the query cannot be planned${where}: ${error.message}`, error);
  }
}
