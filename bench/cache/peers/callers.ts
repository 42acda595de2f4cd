/** Callers with authorizations of their own. */
import { createApiKey } from "#policies";

export interface Callers {
  /** For the configuration. */
  readonly apiKeys: readonly { readonly name: string; readonly hash: string }[];
  /** What each sends to datamesh, which knows them. */
  readonly withKeys: readonly Readonly<Record<string, string>>[];
  /** What each sends to gateways that tell callers apart by `Authorization` alone. */
  readonly withTokens: readonly Readonly<Record<string, string>>[];
}

export function createCallers(count: number): Callers {
  const made = Array.from({ length: count }, (_, index) => ({ name: `caller-${index}`, ...createApiKey() }));
  return {
    apiKeys: made.map(({ name, hash }) => ({ name, hash })),
    withKeys: made.map(({ key }) => ({ "mesh-api-key": key })),
    withTokens: made.map(({ name }) => ({ authorization: `Bearer ${name}` })),
  };
}
