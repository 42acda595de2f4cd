import { parse } from "graphql";
import { compose } from "#gateway";
import { lintPolicies, readGovernedCoordinates } from "#policies";
import { hasErrors } from "#schema";
import { readConfig } from "../config/read-config.ts";
import { composableSubgraphs } from "../mesh/composable-subgraphs.ts";
import { compositionFindings } from "../mesh/composition-findings.ts";
import { knownAttributes } from "../mesh/known-attributes.ts";
import { loadMesh } from "../mesh/load-mesh.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { printFindings } from "../terminal/print-findings.ts";

export interface PolicyLintOptions {
  readonly config?: string;
  readonly strict: boolean;
}

/**
 * Says what is wrong with the policies and waivers: each by itself, together, and with the graph. Throws `FindingsError` for
 * errors, with `strict` for warnings too, and when the products do not make one graph.
 */
export async function lintPolicyDocuments({ config: file, strict }: PolicyLintOptions): Promise<void> {
  const config = await readConfig(file);
  const { mesh, policies, policyFiles, findings: all } = await loadMesh(config);
  const { subgraphs } = await composableSubgraphs(mesh);
  const composed = await compose(subgraphs);
  if (composed.kind !== "composed") {
    throw new FindingsError("the products do not make one graph", compositionFindings(composed, config.file));
  }
  const findings = [
    ...all.filter(({ place }) => policyFiles.includes(place.file)),
    ...lintPolicies(policies, readGovernedCoordinates(parse(composed.supergraphSdl)), {
      attributes: knownAttributes(config),
    }),
  ];
  if (hasErrors(findings) || (strict && findings.length > 0)) {
    throw new FindingsError(`${findings.length} findings about the policies`, findings);
  }
  printFindings(findings);
  const waivers = policies.reduce((count, policy) => count + policy.waivers.length, 0);
  console.log(`${policies.length} policies, ${waivers} waivers: no error, ${findings.length} warnings`);
}
