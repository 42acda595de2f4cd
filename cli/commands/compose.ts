import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { compose as composeSubgraphs } from "#gateway";
import { hasErrors } from "#schema";
import { readConfig } from "../config/read-config.ts";
import { composableSubgraphs } from "../mesh/composable-subgraphs.ts";
import { compositionFindings } from "../mesh/composition-findings.ts";
import { loadMesh } from "../mesh/load-mesh.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { workingDirectory } from "../working-directory.ts";

export interface ComposeOptions {
  readonly config?: string;
  readonly out?: string;
}

/** Writes the supergraph of all products; nothing is written when one of them is faulty or they do not compose. */
export async function compose({ config: file, out }: ComposeOptions): Promise<void> {
  const config = await readConfig(file);
  const loaded = await loadMesh(config);
  const { subgraphs, findings } = await composableSubgraphs(loaded.mesh, config.gateway.remote);
  const faults = [...loaded.findings, ...findings].filter(({ level }) => level === "error");
  if (faults.length > 0) throw new FindingsError("the supergraph was not composed: correct the errors above", faults);

  const result = await composeSubgraphs(subgraphs);
  const problems = compositionFindings(result, config.file);
  if (result.kind !== "composed" || hasErrors(problems)) {
    throw new FindingsError("the products do not make one graph; nothing was written", problems);
  }
  if (out === undefined) process.stdout.write(result.supergraphSdl);
  else {
    const target = resolve(workingDirectory(), out);
    await writeFile(target, result.supergraphSdl);
    console.error(`supergraph of ${subgraphs.length} products written to ${target}`);
  }
}
