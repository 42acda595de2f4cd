import type { MeshConfig } from "../config/read-config.ts";

/**
 * The attributes that principals of this configuration can have: what its issuers' claims fill, and what its API keys and
 * example principals are given. Undefined where it says nothing of callers: then nobody knows.
 */
export function knownAttributes({ authentication }: MeshConfig): ReadonlySet<string> | undefined {
  const { issuers, apiKeys, principals } = authentication;
  const given = [
    ...issuers.map(({ claims }) => claims.attributes),
    ...apiKeys.map(({ attributes }) => attributes),
    ...Object.values(principals).map(({ attributes }) => attributes),
  ];
  return given.length === 0 ? undefined : new Set(["scopes", ...given.flatMap((each) => Object.keys(each ?? {}))]);
}
