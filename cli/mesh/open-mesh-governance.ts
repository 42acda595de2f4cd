/** Configuration → the mesh's graph and the rules on it, and callers to ask them for; nothing has to run. */
import { GraphQLError } from "graphql";
import { compose, type OpenGovernance, openGovernance } from "#gateway";
import {
  anonymous,
  type Caller,
  createAuthenticator,
  createSigningKey,
  type DevelopmentPrincipal,
  developmentIssuer,
  type Policy,
  purposeHeader,
  signDevelopmentToken,
} from "#policies";
import type { MeshConfig } from "../config/read-config.ts";
import { commandError } from "../errors.ts";
import { FindingsError } from "../terminal/print-failure.ts";
import { composableSubgraphs } from "./composable-subgraphs.ts";
import { compositionFindings } from "./composition-findings.ts";
import { loadMesh } from "./load-mesh.ts";

export interface MeshGovernance {
  readonly governance: OpenGovernance;
  readonly policies: readonly Policy[];
  readonly supergraphSdl: string;
}

/** Throws `FindingsError` when a policy cannot be read or the products do not make one graph. */
export async function openMeshGovernance(config: MeshConfig): Promise<MeshGovernance> {
  const { mesh, policies, policiesAreComplete, findings } = await loadMesh(config);
  if (!policiesAreComplete) throw new FindingsError("a policy cannot be read", findings);
  const { subgraphs } = await composableSubgraphs(mesh);
  const result = await compose(subgraphs);
  if (result.kind !== "composed") {
    throw new FindingsError("the products do not make one graph", compositionFindings(result, config.file));
  }
  return {
    governance: await openGovernance(result.supergraphSdl, policies),
    policies,
    supergraphSdl: result.supergraphSdl,
  };
}

/**
 * The caller that a gateway would see for this principal of the configuration: the same way from token to caller, under a
 * key that nobody else knows. `anonymous` is nobody. Throws PURPOSE_NOT_GRANTED, DEVELOPMENT_PRINCIPAL_UNKNOWN.
 */
export async function callerOf(
  principals: Readonly<Record<string, DevelopmentPrincipal>>,
  name: string,
  purpose: string | undefined,
): Promise<Caller> {
  const headers = new Map(purpose === undefined ? [] : [[purposeHeader, purpose]]);
  if (name === anonymous.principal.id) return createAuthenticator({ issuers: [] }).authenticate(headers);
  const key = await createSigningKey();
  headers.set("authorization", `Bearer ${await signDevelopmentToken({ key, principals, as: name })}`);
  return createAuthenticator({ issuers: [developmentIssuer(key)] }).authenticate(headers);
}

/** For errors of the query of a command. */
export function refuseQuery(error: unknown): never {
  if (!(error instanceof GraphQLError)) throw error;
  const [place] = error.locations ?? [];
  const where = place === undefined ? "" : ` at ${place.line}:${place.column}`;
  throw commandError("QUERY_INVALID", `the query is not valid${where}: ${error.message}`, error);
}
