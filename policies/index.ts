/**
 * In: policies, the coordinates of a graph, a request's headers. Out: who asks, and what they may see in which form.
 * Next: `governSchema` in a subgraph, `gateway/governance` at the gateway; both ask the same rules.
 */

export {
  type AuditLog,
  type AuditLogOptions,
  type AuditObserver,
  type AuditPlace,
  createAuditLog,
} from "./audit/audit-log.ts";
export { createDescribeAccess, type DescribeAccess } from "./audit/describe-access.ts";
export type { AuditEvent, AuditedAccess } from "./audit/event.ts";
export { createFieldReads, type FieldReads } from "./audit/field-reads.ts";
export { policySetVersion } from "./audit/policy-set.ts";
export { type AuditSource, readAuditFiles } from "./audit/reading/read-files.ts";
export { type ReadAuditRecord, readRecord } from "./audit/reading/read-record.ts";
export { readAuditTable } from "./audit/reading/read-table.ts";
export { type AuditVerification, verifyAudit } from "./audit/reading/verify.ts";
export { createAuditSigner, createSignatureCheck } from "./audit/signer.ts";
export { openFileSink } from "./audit/sinks/file-sink.ts";
export { openPostgresSink } from "./audit/sinks/postgres-sink.ts";
export { writerSyntax } from "./audit/sinks/segments.ts";
export type { AuditSink } from "./audit/sinks/sink.ts";
export { openStreamSink, readStreamTarget } from "./audit/sinks/stream-sink.ts";
export { type ApiKeyConfig, apiKeyHeader, createApiKey } from "./authentication/api-keys.ts";
export {
  type AuthenticationConfig,
  type Authenticator,
  createAuthenticator,
  purposeHeader,
  purposeNotGranted,
} from "./authentication/authenticate.ts";
export { AuthenticationError } from "./authentication/authentication-error.ts";
export type { ClaimMapping } from "./authentication/claims.ts";
export {
  type DevelopmentPrincipal,
  developmentIssuer,
  loadDevelopmentKey,
  signDevelopmentToken,
} from "./authentication/development.ts";
export {
  createGatewayTokens,
  createGatewayTokenVerifier,
  type GatewayTokens,
  type GatewayTokenVerifier,
  gatewayTokenHeader,
} from "./authentication/gateway-token.ts";
export type { KeySource } from "./authentication/key-source.ts";
export { createSigningKey, loadSigningKey, type SigningKey } from "./authentication/signing-key.ts";
export { createSubgraphAuthenticator, type SubgraphAuthenticator } from "./authentication/subgraph-authenticator.ts";
export type { IssuerConfig } from "./authentication/verify-token.ts";
export { type HeldObligation, type PolicyStanding, type ReportFailure, unmatchedPersonalData } from "./decide.ts";
export {
  allowed,
  type Decision,
  type GovernedCoordinate,
  type Mask,
  type MaskParameters,
  type MaskTechnique,
  type SchemaDemands,
} from "./decision.ts";
export { auditError, type PolicyErrorCode, policyErrors } from "./errors.ts";
export { createExplainField, type ExplainedField, type ExplainedPolicy } from "./explain/explain-field.ts";
export { decisionInWords } from "./explain/words.ts";
export { decideField, fieldRules } from "./field-rules.ts";
export { type ContextAccess, governSchema } from "./govern-schema.ts";
export { readGovernedCoordinates } from "./governed-coordinates.ts";
export { createKeyRing, type KeyPurpose, type KeyRing } from "./keys/key-ring.ts";
export { type OpenKeyRing, openKeyRing } from "./keys/open-key-ring.ts";
export { listKeys, rotateKeys } from "./keys/rotate-keys.ts";
export { isSealed, seal, unseal } from "./keys/seal.ts";
export { applyMask, compileMask, settleDecision } from "./masking/apply-mask.ts";
export { type CustomMask, readCustomMasks } from "./masking/custom-masks.ts";
export { openEncrypted, readEncrypted } from "./masking/encrypt.ts";
export { createMaskSetup, type MaskSetup, noMaskSetup } from "./masking/mask-setup.ts";
export { groupTooSmallError, operandError } from "./operand-error.ts";
export { applyWaivers } from "./policy/apply-waivers.ts";
export { lintPolicies } from "./policy/lint.ts";
export type { CallerMatch, Obligation, Policy, PolicyEffect, Selector, Waiver } from "./policy/model.ts";
export { type PoliciesRead, readPolicies, readPolicy } from "./policy/read-policies.ts";
export { writePolicyJsonSchema } from "./policy/write-json-schema.ts";
export { judgePolicyTest } from "./policy-test/judge.ts";
export type { PolicyTestCase } from "./policy-test/model.ts";
export { readPolicyTest } from "./policy-test/read-policy-test.ts";
export { anonymous, type Caller, type Principal } from "./principal.ts";
export {
  type AccessReport,
  type Cell,
  type FieldAccess,
  type NamedCaller,
  type ReportedField,
  reportAccess,
} from "./report/access-report.ts";
export { readAudienceValues } from "./report/audiences.ts";
export { withoutUncertainty } from "./report/certain-policies.ts";
export type { RowDecision, RowFilter } from "./row-decision.ts";
export {
  createRules,
  denialError,
  type GovernedRule,
  noRules,
  type RuleContext,
  type Rules,
  type RulesOptions,
} from "./rules.ts";
export { strictest, strictness } from "./strictest.ts";
export type { Validator } from "./validators/model.ts";
export { sampleSize, validateManifest, validateSample } from "./validators/validate-product.ts";
export { type FileVault, findToken, forgetTokens, type KeptToken, openFileVault } from "./vault/file-vault.ts";
