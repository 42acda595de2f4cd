import { apiKeyHeader, gatewayTokenHeader } from "#policies";

/** Which of the client's headers a subgraph sees: none, but those that are named. */

// Never forwarded, whatever the rules say: hop-by-hop (RFC 9110, 7.6.1), what describes this message's own body, and
// what would let a client speak as the gateway or be taken for it.
const never = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "content-length",
  "content-type",
  "content-encoding",
  "accept",
  "accept-encoding",
  "expect",
  gatewayTokenHeader,
  // A key opens every door of its owner; unlike a token it is not meant for anybody in particular.
  apiKeyHeader,
]);

/** Those of `allowed` (any case) that may pass, in lower case. */
export function propagatedHeaders(allowed: readonly string[]): readonly string[] {
  return allowed.map((name) => name.toLowerCase()).filter((name) => !never.has(name));
}

/**
 * Guarantees that only headers named in `allowed` (any case) pass, and never one that is hop-by-hop, describes the body
 * or would be taken for the gateway's own token. Who names `authorization` forwards the client's credentials on purpose.
 */
export function createHeaderPropagation(
  allowed: readonly string[],
): (headers: ReadonlyMap<string, string>) => ReadonlyMap<string, string> {
  const names = propagatedHeaders(allowed);
  if (names.length === 0) {
    const none: ReadonlyMap<string, string> = new Map();
    return () => none;
  }
  return (headers) => {
    const passed = new Map<string, string>();
    for (const name of names) {
      const value = headers.get(name);
      if (value !== undefined) passed.set(name, value);
    }
    return passed;
  };
}
