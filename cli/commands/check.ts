import { parse } from "graphql";
import { compose } from "#gateway";
import { lintPolicies, readGovernedCoordinates } from "#policies";
import { hasErrors } from "#schema";
import { readConfig } from "../config/read-config.ts";
import { composableSubgraphs } from "../mesh/composable-subgraphs.ts";
import { compositionFindings } from "../mesh/composition-findings.ts";
import { knownAttributes } from "../mesh/known-attributes.ts";
import { loadMesh } from "../mesh/load-mesh.ts";
import { unknownProducts } from "../mesh/unknown-products.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { printFindings } from "../terminal/print-findings.ts";

export interface CheckOptions {
  readonly config?: string;
  readonly strict: boolean;
}

/** Says everything that is wrong with the manifests, the policies and the graph; throws `FindingsError` when it is too much. */
export async function check({ config: file, strict }: CheckOptions): Promise<void> {
  const config = await readConfig(file);
  const loaded = await loadMesh(config);
  const { subgraphs, findings: unusable } = await composableSubgraphs(loaded.mesh);
  const findings = [...loaded.findings, ...unknownProducts(config, loaded), ...unusable];
  if (subgraphs.length > 0) {
    const composed = await compose(subgraphs);
    findings.push(...compositionFindings(composed, config.file));
    if (composed.kind === "composed") {
      const coordinates = readGovernedCoordinates(parse(composed.supergraphSdl));
      findings.push(...lintPolicies(loaded.policies, coordinates, { attributes: knownAttributes(config) }));
    }
  }

  const warnings = findings.filter(({ level }) => level === "warning").length;
  if (hasErrors(findings) || (strict && warnings > 0)) {
    const errors = findings.filter(({ level }) => level === "error").length;
    throw new FindingsError(`${count(errors, "error")}, ${count(warnings, "warning")}`, findings);
  }
  printFindings(findings);
  const { policies, validators } = loaded;
  const checked = [
    count(subgraphs.length, "product"),
    count(policies.length, "policy", "policies"),
    ...(validators.length === 0 ? [] : [count(validators.length, "validator")]),
  ];
  const all = `${checked.slice(0, -1).join(", ")} and ${checked.at(-1)}`;
  console.log(`${all} checked, one graph composed: no error, ${count(warnings, "warning")}`);
}

function count(number: number, singular: string, plural = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
