/** The codes that this folder raises. */
import { ClientError, defineErrors } from "#schema";

export const policyErrors = defineErrors({
  UNAUTHENTICATED: {
    meaning:
      "The token is malformed, expired, not signed by a configured issuer or not meant for this mesh. The message says which; send a valid token or none.",
    status: 401,
    retryable: false,
  },
  AUTHENTICATION_UNAVAILABLE: {
    meaning:
      "The keys of the token's issuer cannot be read at the moment, so the token can neither be accepted nor refused.",
    status: 503,
    retryable: true,
  },
  PURPOSE_NOT_GRANTED: {
    meaning: "The request declares a purpose that its principal was not granted. Declare a granted purpose, or none.",
    status: 403,
    retryable: false,
  },
  PURPOSE_CONFLICT: {
    meaning:
      "The header `mesh-purpose` and `@purpose` of the operation declare two purposes. Declare one of them only.",
    status: 400,
    retryable: false,
  },
  FORBIDDEN: {
    meaning:
      "A policy denies this coordinate to this caller. `extensions.coordinate` and `extensions.policy` say which; ask for the other fields, or with a purpose that the policy names.",
    status: 403,
    retryable: false,
  },
  KEY_RING_UNUSABLE: {
    meaning:
      "The file of the key ring cannot be read as one, or others than its owner may read it. Correct it or restore it from a copy: what was sealed with its keys cannot be opened without them.",
    status: 500,
    retryable: false,
  },
  AUDIT_UNAVAILABLE: {
    meaning:
      "The operation reads personal data, and the record of that cannot be kept at the moment: the audit's queue is full and the configuration says `whenFull: fail`. Nothing was read.",
    status: 503,
    retryable: true,
  },
  AUDIT_LOCKED: {
    meaning: "Another process writes the audit chain of this name. Give each process a writer's name of its own.",
    status: 500,
    retryable: true,
  },
  AUDIT_DAMAGED: {
    meaning:
      "The audit records end with something that does not fit, or end too early, so the chain cannot be continued. `datamesh audit verify` says where; move them to a safe place to begin another chain.",
    status: 500,
    retryable: false,
  },
  AUDIT_UNREADABLE: {
    meaning: "The audit records that are to be read are not there, or cannot be read. The message says why.",
    status: 500,
    retryable: false,
  },
  OPERAND_FORBIDDEN: {
    meaning:
      "The operation filters, sorts, groups or adds up by a field whose values a policy hides from this caller. `extensions.coordinate` and `extensions.policy` say which; leave it out, or ask with a purpose that the policy names.",
    status: 403,
    retryable: false,
  },
  GROUP_TOO_SMALL: {
    meaning:
      "A count over fewer rows than a policy's least group. `extensions.minGroup` says how many there must be; ask about more rows at once.",
    status: 403,
    retryable: false,
  },
  KEY_MISSING: {
    meaning:
      "Something has to be sealed or opened, and the key ring has no key for it. Make a ring with `datamesh keys rotate`, or restore the one that was used.",
    status: 500,
    retryable: false,
  },
  SEAL_BROKEN: {
    meaning: "A sealed value does not open: it was changed where it is kept, or moved to another place.",
    status: 500,
    retryable: false,
  },
  DEVELOPMENT_PRINCIPAL_UNKNOWN: {
    meaning: "A development token was asked for a principal that the configuration does not list under `principals`.",
    status: 400,
    retryable: false,
  },
});

/** The codes of this folder. */
export type PolicyErrorCode = keyof typeof policyErrors;

/** A `ClientError` with the status of its registered code. */
export function policyError(code: PolicyErrorCode, message: string): ClientError {
  return new ClientError(code, message, { status: policyErrors[code].status });
}

/** A `ClientError` about the audit, with the status of its registered code. */
export function auditError(
  code: Extract<PolicyErrorCode, `AUDIT_${string}`>,
  message: string,
  cause?: unknown,
): ClientError {
  return new ClientError(code, message, { status: policyErrors[code].status, cause });
}
