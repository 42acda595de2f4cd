import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type OpenGovernance, openGovernance } from "#gateway";
import {
  type Caller,
  type Decision,
  decideField,
  type NamedCaller,
  type Policy,
  type ReportedField,
  readAudienceValues,
  reportAccess,
  settleDecision,
  withoutUncertainty,
} from "#policies";
import { type MeshConfig, readConfig } from "../config/read-config.ts";
import { callerOf, openMeshGovernance } from "../mesh/open-mesh-governance.ts";
import { drawAccessReport } from "../terminal/draw-access-report.ts";
import { printAccessReport } from "../terminal/print-access-report.ts";
import { workingDirectory } from "../working-directory.ts";

export interface PolicyReportOptions {
  readonly config?: string;
  readonly json: boolean;
  /** Writes a page with a picture to this file. */
  readonly html?: string;
}

/** Who may see which personal data unmasked, by all policies together; nothing has to run. */
export async function reportPolicies(options: PolicyReportOptions): Promise<void> {
  const config = await readConfig(options.config);
  const mesh = await openMeshGovernance(config);
  const policies = mesh.policies.filter(({ mode }) => mode === "enforce");
  const { strict, lenient, uncertain } = withoutUncertainty(policies);
  const [worst, best] = await Promise.all([
    openGovernance(mesh.supergraphSdl, strict),
    openGovernance(mesh.supergraphSdl, lenient),
  ]);
  const fields = reportedFields(mesh.governance, worst, best, policies, uncertain);
  const purposes = mesh.governance.coordinates.flatMap((it) => (it.pii.length > 0 ? it.purposes : []));
  const report = reportAccess(fields, readAudienceValues(policies, purposes), await namedCallers(config));
  if (options.html !== undefined) {
    const target = resolve(workingDirectory(), options.html);
    await writeFile(target, drawAccessReport(config.name, report));
    console.error(`report drawn to ${target}`);
  }
  if (options.json) console.log(JSON.stringify(report, undefined, 2));
  else if (options.html === undefined) for (const line of printAccessReport(report)) console.log(line);
}

function reportedFields(
  governance: OpenGovernance,
  worst: OpenGovernance,
  best: OpenGovernance,
  policies: readonly Policy[],
  uncertain: readonly { readonly policy: string; readonly condition: string }[],
): readonly ReportedField[] {
  const policyByName = new Map(policies.map((policy) => [policy.name, policy]));
  return [...governance.fields.values()].flatMap(({ coordinate, type, rules }): readonly ReportedField[] => {
    const names = rules.map((rule) => rule.coordinate);
    const entries = governance.coordinates.filter((entry) => names.includes(entry.coordinate));
    const pii = [...new Set(entries.flatMap((entry) => entry.pii))].sort();
    const [main] = entries;
    if (pii.length === 0 || main === undefined) return [];
    const selecting = [...new Set(rules.flatMap((rule) => rule.policies))];
    const ask =
      (side: OpenGovernance) =>
      (caller: Caller): Decision => {
        const field = side.fields.get(coordinate);
        return field === undefined ? { effect: "allow" } : settleDecision(decideField(field.rules, caller), type);
      };
    return [
      {
        coordinate,
        product: main.product,
        pii,
        classification: main.classification,
        policies: selecting,
        decide: ask(worst),
        decideAtBest: ask(best),
        uncertain: uncertain.filter(({ policy }) => selecting.includes(policy)),
        waivers: selecting.flatMap((name) =>
          (policyByName.get(name)?.waivers ?? []).map((it) => ({
            name: it.name,
            policy: name,
            reason: it.reason,
            expires: it.expires,
          })),
        ),
      },
    ];
  });
}

/** The configuration's principals, with each purpose that they may declare and without any. */
async function namedCallers({ authentication: { principals } }: MeshConfig): Promise<readonly NamedCaller[]> {
  const asked = Object.entries(principals).flatMap(([name, { purposes }]) => [
    { name, purpose: undefined },
    ...(purposes ?? []).map((purpose) => ({ name, purpose })),
  ]);
  return Promise.all(
    asked.map(async ({ name, purpose }) => ({ name, caller: await callerOf(principals, name, purpose) })),
  );
}
