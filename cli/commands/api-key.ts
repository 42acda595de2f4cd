import { stringify } from "yaml";
import { createApiKey } from "#policies";
import { commandError } from "../errors.ts";

export interface ApiKeyOptions {
  readonly name: string;
  readonly expires?: string;
  readonly role?: readonly string[];
  readonly purpose?: readonly string[];
}

/** Prints a new key, which nobody keeps, and the entry of the configuration by which it is known. */
export function createKey({ name, expires, role, purpose }: ApiKeyOptions): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
    throw commandError("API_KEY_INVALID", `"${name}" is no name for a key: use letters, digits, ".", "_" and "-"`);
  }
  if (expires !== undefined && (!/^\d{4}-\d{2}-\d{2}/.test(expires) || Number.isNaN(Date.parse(expires)))) {
    throw commandError("API_KEY_INVALID", `"${expires}" is no date; write one such as 2027-01-31`);
  }
  const { key, hash } = createApiKey();
  const entry = {
    name,
    hash,
    ...(expires && { expires }),
    ...(role && { roles: role }),
    ...(purpose && { purposes: purpose }),
  };
  console.log(`The key, for the header mesh-api-key. It is shown this once:\n\n  ${key}\n`);
  console.log("For spec.authentication.apiKeys of datamesh.yaml, which keeps only its hash:\n");
  console.log(stringify([entry]).trimEnd().replace(/^/gm, "  "));
}
