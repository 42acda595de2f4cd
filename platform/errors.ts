/** Codes that the platform raises. A product that cannot start or refresh carries one of them as its reason. */
import { ClientError, defineErrors } from "#schema";

export const platformErrors = defineErrors({
  PRODUCT_NOT_PUBLISHED: {
    meaning: "The product has published no version yet. Wait until it is serving, or look at its reason in health.",
    status: 503,
    retryable: true,
  },
  PRODUCT_NOT_SUPPORTED: {
    meaning: "The manifest asks for something this platform does not run. The message names what is supported.",
    status: 501,
    retryable: false,
  },
  PRODUCT_EXTENSION_INVALID: {
    meaning: "`schema.graphql` or `resolvers.ts` in the product's folder could not be loaded.",
    status: 500,
    retryable: false,
  },
  GOVERNANCE_VIOLATION: {
    meaning:
      "A validator of the mesh blocks the version: the message says which, what is missing and where to say it. The version before goes on serving.",
    status: 500,
    retryable: false,
  },
  STORAGE_UNREACHABLE: {
    meaning: "The database of a product does not answer. Start it, or correct its URL.",
    status: 503,
    retryable: true,
  },
  STORAGE_LOCKED: {
    meaning: "Another process has the product's file open. Stop it, or use another state folder.",
    status: 503,
    retryable: true,
  },
  STORAGE_UNREADABLE: {
    meaning: "The product's file is damaged or not readable. Remove it: it is built again from the inputs.",
    status: 500,
    retryable: false,
  },
  STORAGE_CLOSED: {
    meaning: "The product is shutting down.",
    status: 503,
    retryable: true,
  },
  INPUT_NOT_FOUND: {
    meaning: "An input's file, package, URL or upstream product does not exist.",
    status: 500,
    retryable: true,
  },
  INPUT_NOT_ALLOWED: {
    meaning: "An input points to a host or a place that is not allowed. Add the host to the allowed hosts.",
    status: 403,
    retryable: false,
  },
  INPUT_INVALID: {
    meaning: "An input as a whole cannot be read: a column is missing, a name is double, the encoding is unknown.",
    status: 500,
    retryable: false,
  },
  INPUT_UNAVAILABLE: {
    meaning: "A source did not answer as expected. The published version stays.",
    status: 503,
    retryable: true,
  },
  TRANSFORMATION_INVALID: {
    meaning: "The transformation does not follow the convention, or an output column is missing from its result.",
    status: 500,
    retryable: false,
  },
  TRANSFORMATION_FAILED: {
    meaning: "The engine refused or failed a statement of the transformation. The message has its words and the line.",
    status: 500,
    retryable: false,
  },
  SEALING_KEY_MISSING: {
    meaning: "A product has columns with `encrypt: true` and runs without a key ring.",
    status: 500,
    retryable: false,
  },
  ERASURE_KEY_MISSING: {
    meaning:
      "Persons were erased, or are to be, and the key ring lacks the key for their tombstones. Restore the ring, or make one with `datamesh keys rotate`. Until then the product publishes nothing new.",
    status: 500,
    retryable: false,
  },
  TOMBSTONES_UNREADABLE: {
    meaning:
      "The file of tombstones in the state folder is damaged, so nobody knows who must not come back. Restore it from a copy.",
    status: 500,
    retryable: false,
  },
  ERASURE_SUBJECT_AMBIGUOUS: {
    meaning:
      "Several products have keys of persons, and it was not said whose key the given one is. Name the product with `--of`.",
    status: 400,
    retryable: false,
  },
  EVENTS_WAITING: {
    meaning:
      "The event bus has not taken all that a product has published. The events stay in the product's outbox and are handed on as soon as the bus answers; until then others may go on with what they knew before.",
    status: 503,
    retryable: true,
  },
  OUTPUT_REQUEST_INVALID: {
    meaning: "A product asked another for an output, a column or a place that it does not have.",
    status: 400,
    retryable: false,
  },
});

export type PlatformErrorCode = keyof typeof platformErrors;

/** A `ClientError` with the status of its registered code. */
export function platformError(
  code: PlatformErrorCode,
  message: string,
  options: { readonly cause?: unknown; readonly extensions?: Readonly<Record<string, unknown>> } = {},
): ClientError {
  return new ClientError(code, message, { status: platformErrors[code].status, ...options });
}
