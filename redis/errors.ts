/** What is wrong with the address of a Redis. `docs/reference/errors.md` is written from this. */
import { ClientError, defineErrors } from "#schema";

export const redisErrors = defineErrors({
  REDIS_ADDRESS_INVALID: {
    meaning: "The address of a Redis cannot be read. The message says what is wrong with it and shows one that can.",
    status: 500,
    retryable: false,
  },
});

export type RedisErrorCode = keyof typeof redisErrors;

/** A `ClientError` with the registered status of its code. */
export function redisError(code: RedisErrorCode, message: string): ClientError {
  return new ClientError(code, message, { status: redisErrors[code].status });
}
