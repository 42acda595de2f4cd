/** Why a command cannot go on, or a product cannot be asked. `docs/reference/errors.md` is written from this. */
import { ClientError, defineErrors } from "#schema";

export const commandErrors = defineErrors({
  CUSTOM_MASKS_INVALID: {
    meaning: "The module that `governance.masks` names cannot be loaded. Correct the path or the module.",
    status: 500,
    retryable: false,
  },
  ERASURE_INCOMPLETE: {
    meaning:
      "A product could not be opened or changed while a person was erased, or it is not known whether all who keep something of the person have heard of it. Tombstones are there, so no later version will have the person; run the command again.",
    status: 500,
    retryable: true,
  },
  CACHE_UNREACHABLE: {
    meaning:
      "No gateway answers in the state folder of the configuration, so nobody can tell what is kept. The message says what to do.",
    status: 503,
    retryable: true,
  },
  CACHE_PURGE_INCOMPLETE: {
    meaning:
      "Something was purged, and it is not known whether every gateway has heard of it, or whether what they share has. It is tried again as long as the gateway runs; run the command again to be sure.",
    status: 500,
    retryable: true,
  },
  PROCESS_ENDED: {
    meaning: "The running process ended while a command asked it something. Nobody knows whether it was done.",
    status: 503,
    retryable: true,
  },
  RETENTION_INCOMPLETE: {
    meaning: "A product could not be opened or changed while old rows were to go.",
    status: 500,
    retryable: true,
  },
  REVEAL_DENIED: {
    meaning:
      "The policies do not show the field of this token or encrypted value unmasked to the principal for the purpose. The attempt is recorded.",
    status: 403,
    retryable: false,
  },
  REVEAL_UNKNOWN: {
    meaning: "A text is no token that the vault has, or no encrypted value that opens for the field and purpose given.",
    status: 404,
    retryable: false,
  },
  KEYS_ELSEWHERE: {
    meaning: "The key ring comes from the environment, so no command can list or rotate it.",
    status: 400,
    retryable: false,
  },
  API_KEY_INVALID: {
    meaning:
      "What `datamesh api-key create` was told of the key cannot be used; the message says what to write instead.",
    status: 400,
    retryable: false,
  },
  CONFIGURATION_NOT_FOUND: {
    meaning: "The configuration file cannot be read. Name a `datamesh.yaml` with `--config`.",
    status: 500,
    retryable: false,
  },
  MANIFEST_INVALID: {
    meaning:
      "The product is left out because its manifest has errors; `datamesh check` prints all of them with their places.",
    status: 500,
    retryable: false,
  },
  SUPERGRAPH_NOT_FOUND: {
    meaning: "The file that `--supergraph` names cannot be read. `datamesh compose --out <file>` writes one.",
    status: 500,
    retryable: false,
  },
  SUPERGRAPH_INVALID: {
    meaning: "The file that `--supergraph` names is no supergraph that can be served. The message says why.",
    status: 500,
    retryable: false,
  },
  WORKER_NOT_STARTED: {
    meaning:
      "A worker process ended before it could answer, or none could be started again. The message and the log say why.",
    status: 500,
    retryable: true,
  },
  TRUSTED_DOCUMENTS_MISSING: {
    meaning: "Only trusted documents are to run, and no manifest of them is named. Add `--trusted-documents <file>`.",
    status: 400,
    retryable: false,
  },
  QUERY_INVALID: {
    meaning:
      "The query of a command cannot be read, or is not valid against the graph. The message says what and where.",
    status: 400,
    retryable: false,
  },
  AUDIT_NOT_INTACT: {
    meaning:
      "The audit records are not what was written: the message names the first bad one and what is wrong with it. Keep the records as they are, and see the guide for operators.",
    status: 500,
    retryable: false,
  },
  POLICY_TESTS_FAILED: {
    meaning: "Somebody gets more or less than a policy test expects. The output says which test, field and policy.",
    status: 500,
    retryable: false,
  },
  POLICY_TESTS_MISSING: {
    meaning: "There are no policy tests where the configuration says, so nothing was tested.",
    status: 400,
    retryable: false,
  },
  EVENTS_IN_PROCESS: {
    meaning:
      "The event bus is in the process that runs the products, so a command cannot look into it (`spec.events.url`).",
    status: 409,
    retryable: false,
  },
  GATEWAY_UNREACHABLE: {
    meaning: "No gateway answers where the command was told that one runs.",
    status: 503,
    retryable: true,
  },
  OPTION_INVALID: {
    meaning: "An option of the command has a value that means nothing. The message says what is expected.",
    status: 400,
    retryable: false,
  },
  PRODUCT_UNKNOWN: {
    meaning: "The configuration names no product of this name. The message lists those that there are.",
    status: 404,
    retryable: false,
  },
  DEVELOPMENT_TOKENS_OFF: {
    meaning:
      "The configuration does not trust development tokens, so none is made. Ask the identity provider for a token.",
    status: 403,
    retryable: false,
  },
  UPSTREAM_UNKNOWN: {
    meaning:
      "A product that is served alone reads another one, and the configuration does not say where that runs. Add `spec.upstreams.<name>.url`.",
    status: 500,
    retryable: false,
  },
  UPSTREAM_TOKEN_MISSING: {
    meaning:
      "A product that is served alone has no token for the products that it reads. Set `spec.upstreams.<name>.token`.",
    status: 500,
    retryable: false,
  },
  OUTPUTS_FORBIDDEN: {
    meaning: "Whole outputs are for services with the role `mesh-product`. Ask `/graphql` instead.",
    status: 403,
    retryable: false,
  },
});

export type CommandErrorCode = keyof typeof commandErrors;

/** A `ClientError` with the registered status of its code. */
export function commandError(code: CommandErrorCode, message: string, cause?: unknown): ClientError {
  return new ClientError(code, message, { status: commandErrors[code].status, cause });
}
