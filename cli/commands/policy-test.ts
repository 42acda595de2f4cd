import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { styleText } from "node:util";
import { type ExplainedField, judgePolicyTest, type PolicyTestCase, readPolicyTest } from "#policies";
import { ClientError, type Finding } from "#schema";
import { readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { expand } from "../mesh/expand.ts";
import { callerOf, type MeshGovernance, openMeshGovernance, refuseQuery } from "../mesh/open-mesh-governance.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { workingDirectory } from "../working-directory.ts";

export interface PolicyTestOptions {
  readonly config?: string;
  readonly json: boolean;
}

interface CaseResult {
  readonly test: string;
  readonly file: string;
  readonly line: number | undefined;
  /** Empty: it passes. */
  readonly failures: readonly string[];
}

/** Runs declared expectations against the policies and the graph. Throws POLICY_TESTS_FAILED when one is not met. */
export async function testPolicies(files: readonly string[], options: PolicyTestOptions): Promise<void> {
  const config = await readConfig(options.config);
  const named = files.map((file) => resolve(workingDirectory(), file));
  const found = named.length > 0 ? named : await expand(config.governance.policyTests, config.folder);
  if (found.length === 0) {
    throw commandError(
      "POLICY_TESTS_MISSING",
      `no file matches spec.governance.policyTests (${config.governance.policyTests.join(", ")}) in ${config.folder}`,
    );
  }
  const findings: Finding[] = [];
  const cases: PolicyTestCase[] = [];
  for (const file of found) {
    const read = readPolicyTest(await readFile(file, "utf8"), file);
    findings.push(...read.findings);
    cases.push(...(read.value?.cases ?? []));
  }
  if (findings.length > 0) throw new FindingsError("the policy tests cannot be read", findings);

  const mesh = await openMeshGovernance(config);
  const results: CaseResult[] = [];
  for (const it of cases) {
    const failures = await runCase(it, mesh, config.authentication.principals);
    results.push({ test: it.name, file: relative(workingDirectory(), it.place.file), line: it.place.line, failures });
  }
  if (options.json) console.log(JSON.stringify(results, undefined, 2));
  else for (const line of results.flatMap(print)) console.log(line);
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  if (failed > 0) throw commandError("POLICY_TESTS_FAILED", `${failed} of ${results.length} policy tests failed`);
  if (!options.json) console.log(`${results.length} policy tests passed`);
}

async function runCase(
  it: PolicyTestCase,
  { governance }: MeshGovernance,
  principals: Parameters<typeof callerOf>[0],
): Promise<readonly string[]> {
  try {
    const caller = await callerOf(principals, it.as, it.purpose);
    if (it.query !== undefined) {
      const { fields, ungoverned, refused } = governance.explainOperation(caller, it.query, it.operation);
      const byName = new Map(fields.map((field) => [field.coordinate, field]));
      return judgePolicyTest(it, byName, new Set(ungoverned), refused !== undefined);
    }
    const fields = new Map<string, ExplainedField>();
    for (const name of it.expect.keys()) {
      const field = governance.explainField(caller, name);
      if (field === undefined) return [`the graph has no field ${name}`];
      fields.set(name, field);
    }
    return judgePolicyTest(it, fields, new Set(), false);
  } catch (error) {
    if (error instanceof ClientError) return [error.message];
    try {
      refuseQuery(error);
    } catch (told) {
      if (told instanceof ClientError) return [told.message];
      throw told;
    }
  }
}

function print({ test, file, line, failures }: CaseResult): readonly string[] {
  if (failures.length === 0) return [`${styleText("green", "✓")} ${test}`];
  return [`${styleText("red", "✗")} ${test} (${file}:${line ?? 1})`, ...failures.map((failure) => `    ${failure}`)];
}
