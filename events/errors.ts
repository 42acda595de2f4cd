/** What can be wrong with events and their bus. `docs/reference/errors.md` is written from this. */
import { ClientError, defineErrors } from "#schema";

export const eventErrors = defineErrors({
  EVENT_INVALID: {
    meaning: "A message is no event of the mesh (CloudEvents 1.0). The message says what is wrong with it.",
    status: 400,
    retryable: false,
  },
  BUS_ADDRESS_INVALID: {
    meaning: "The address of the event bus cannot be read. The message shows what it may be.",
    status: 500,
    retryable: false,
  },
  BUS_UNAVAILABLE: {
    meaning: "The event bus does not answer. Events stay in the products' outboxes until it does.",
    status: 503,
    retryable: true,
  },
});

export type EventErrorCode = keyof typeof eventErrors;

/** A `ClientError` with the registered status of its code. */
export function eventError(code: EventErrorCode, message: string, cause?: unknown): ClientError {
  return new ClientError(code, message, { status: eventErrors[code].status, cause });
}
