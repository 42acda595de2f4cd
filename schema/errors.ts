/** The codes that this folder raises. `docs/reference/errors.md` is written from this. */
import { ClientError, defineErrors } from "./error.ts";

export const schemaErrors = defineErrors({
  COLUMN_TYPE_INVALID: {
    meaning: "A column type cannot be read. The message says what was expected and at which character.",
    status: 400,
    retryable: false,
  },
  BAD_USER_INPUT: {
    meaning: "A value is none of its scalar type, such as `2017-02-30` for a Date. The message has an example.",
    status: 400,
    retryable: false,
  },
});

export type SchemaErrorCode = keyof typeof schemaErrors;

/** A `ClientError` with the registered status of its code. */
export function schemaError(code: SchemaErrorCode, message: string): ClientError {
  return new ClientError(code, message, { status: schemaErrors[code].status });
}
