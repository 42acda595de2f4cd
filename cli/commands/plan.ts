import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { GraphQLError } from "graphql";
import { compose as composeSubgraphs, explainPlan } from "#gateway";
import { readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { composableSubgraphs } from "../mesh/composable-subgraphs.ts";
import { compositionFindings } from "../mesh/composition-findings.ts";
import { loadMesh } from "../mesh/load-mesh.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { workingDirectory } from "../working-directory.ts";

export interface PlanCommandOptions {
  readonly config?: string;
  readonly operation?: string;
  /** Draws instead of printing: to this file, or to standard output. */
  readonly svg?: string | true;
}

/** Prints or draws how the graph of the configuration would run a query; nothing is fetched, so nothing has to run. */
export async function plan(query: string, { config: file, operation, svg }: PlanCommandOptions): Promise<void> {
  const config = await readConfig(file);
  const { mesh } = await loadMesh(config);
  const { subgraphs } = await composableSubgraphs(mesh);
  const result = await composeSubgraphs(subgraphs);
  if (result.kind !== "composed") {
    throw new FindingsError("the products do not make one graph", compositionFindings(result, config.file));
  }
  const { listSize } = config.gateway.limits;
  const explanation = await explainPlan(result.supergraphSdl, query, operation, listSize).catch(refuse);
  if (svg === undefined) {
    console.log(`${explanation.plan.trimEnd()}\n\n${explanation.schedule.trimEnd()}\n\n${explanation.cost}`);
  } else if (svg === true) process.stdout.write(explanation.svg);
  else {
    const target = resolve(workingDirectory(), svg);
    await writeFile(target, explanation.svg);
    console.error(`plan drawn to ${target}`);
  }
}

function refuse(error: unknown): never {
  if (!(error instanceof GraphQLError)) throw error;
  const [place] = error.locations ?? [];
  const where = place === undefined ? "" : ` at ${place.line}:${place.column}`;
  throw commandError("QUERY_INVALID", `the query cannot be planned${where}: ${error.message}`, error);
}
