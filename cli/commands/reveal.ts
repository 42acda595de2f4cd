import { createHash } from "node:crypto";
import { parse } from "graphql";
import { type Caller, createDescribeAccess, type Decision, findToken, openEncrypted, readEncrypted } from "#policies";
import { type MeshConfig, readConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { openAudit } from "../mesh/open-audit.ts";
import { openKeys, vaultFile } from "../mesh/open-masks.ts";
import { callerOf, type MeshGovernance, openMeshGovernance } from "../mesh/open-mesh-governance.ts";
import { createLogger } from "../terminal/create-logger.ts";

export interface RevealOptions {
  readonly config?: string;
  readonly as: string;
  readonly purpose?: string;
  /** For encrypted values: the field that gave it out. */
  readonly field?: string;
  /** For encrypted values: the purpose of the caller who got it. */
  readonly madeFor: string;
}

/** What a masked value may stand for, and the field that gave it out. */
interface Candidate {
  readonly value: string;
  readonly field: string;
}

/**
 * Prints what a token or an encrypted value stands for, one line for each value that it may be: to whom the policies show
 * the field unmasked, and to nobody else. Every attempt on a value that there is goes to the audit.
 */
export async function reveal(masked: string, options: RevealOptions): Promise<void> {
  const config = await readConfig(options.config);
  const caller = await callerOf(config.authentication.principals, options.as, options.purpose);
  const mesh = await openMeshGovernance(config);
  const candidates = await findCandidates(masked, config, mesh, options);
  if (candidates.length === 0) {
    throw commandError(
      "REVEAL_UNKNOWN",
      "nothing is known that this value stands for, or the key that opens it is gone",
    );
  }
  const decisions = new Map<string, Decision>();
  for (const { field } of candidates) {
    decisions.set(field, mesh.governance.explainField(caller, field)?.decision ?? nobody);
  }
  const isShown = ({ field }: Candidate): boolean => decisions.get(field)?.effect === "allow";
  // An encrypted value that is equal in every field proves none of them.
  const needsAll = readEncrypted(masked)?.deterministic === true;
  const shown = needsAll && !candidates.every(isShown) ? [] : candidates.filter(isShown);
  await record(masked, caller, decisions, shown.length > 0, config, mesh);
  if (shown.length === 0) {
    const [field, decision] = [...decisions].find(([, { effect }]) => effect !== "allow") ?? ["", nobody];
    const policy = decision.effect === "allow" ? "" : ` by the policy ${decision.policy}`;
    throw commandError("REVEAL_DENIED", `${field} is not shown unmasked to this principal for this purpose${policy}`);
  }
  for (const value of new Set(shown.map((candidate) => candidate.value))) console.log(value);
}

const nobody: Decision = { effect: "deny", policy: "none", reason: "the graph has no such field" };

async function findCandidates(
  masked: string,
  config: MeshConfig,
  { governance }: MeshGovernance,
  { field, madeFor }: RevealOptions,
): Promise<readonly Candidate[]> {
  const keys = openKeys(config, (problem) => console.error(problem));
  try {
    const encrypted = readEncrypted(masked);
    if (encrypted === undefined) return await findToken(vaultFile(config), masked, keys);
    if (field === undefined) {
      throw commandError(
        "REVEAL_UNKNOWN",
        "an encrypted value does not say which field it is of: name it with --field",
      );
    }
    const value = openEncrypted(masked, keys, { separation: madeFor, coordinate: field });
    if (value === undefined) return [];
    // Equal in every field, so it does not prove its own: who sees it must be shown all personal data.
    const fields = encrypted.deterministic
      ? governance.coordinates.filter(({ pii }) => pii.length > 0).map(({ coordinate }) => coordinate)
      : [field];
    return [...new Set(fields)].map((each) => ({ value, field: each }));
  } finally {
    keys.close();
  }
}

async function record(
  masked: string,
  caller: Caller,
  decisions: ReadonlyMap<string, Decision>,
  isShown: boolean,
  config: MeshConfig,
  { governance, policies, supergraphSdl }: MeshGovernance,
): Promise<void> {
  const describe = createDescribeAccess(parse(supergraphSdl), governance.coordinates, policies);
  const hidden = new Map([...decisions].filter(([, { effect }]) => effect !== "allow"));
  const access = describe(
    [...decisions.keys()].map((field) => [field]),
    hidden,
  );
  const audit = await openAudit(config, "reveal", createLogger(config.logLevel));
  if (access === undefined || audit === undefined) return audit?.close();
  const place = await audit.reserve();
  place.record({
    time: Date.now(),
    place: "gateway",
    caller,
    operation: { name: "reveal", hash: createHash("sha256").update(masked).digest("hex") },
    access,
    outcome: isShown ? "answered" : "refused",
    rows: undefined,
    traceId: undefined,
    generation: undefined,
  });
  // Nothing is shown that is not recorded.
  await audit.close();
}
