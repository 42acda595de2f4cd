import { ClientError } from "#schema";
import { policyErrors } from "../errors.ts";

/** A refused token or key. The message says what is wrong with it and never quotes it. */
export class AuthenticationError extends ClientError {
  /** For the HTTP answer: `WWW-Authenticate` (RFC 6750 section 3). */
  readonly headers: Readonly<Record<string, string>>;

  /** `challenge`: what to send instead, where that is no token. */
  constructor(message: string, cause?: unknown, challenge?: string) {
    super("UNAUTHENTICATED", message, { status: policyErrors.UNAUTHENTICATED.status, cause });
    this.name = "AuthenticationError";
    // The messages are ours and hold no quotation mark or control character.
    this.headers = {
      "www-authenticate": challenge ?? `Bearer realm="datamesh", error="invalid_token", error_description="${message}"`,
    };
  }
}
