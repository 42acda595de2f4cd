/** Headers of a request to a subgraph that stands alone → who asks, and who masks. */
import type { Caller } from "../principal.ts";
import type { Authenticator } from "./authenticate.ts";
import { type GatewayTokenVerifier, gatewayTokenHeader } from "./gateway-token.ts";

export interface SubgraphAuthenticator {
  /**
   * Guarantees masking `gateway` only for a valid gateway token; everyone else is who their own token says, or
   * anonymous, and gets masked values. A bad gateway token is refused, not ignored. Errors as `Authenticator`.
   */
  authenticate(
    headers: ReadonlyMap<string, string>,
  ): Promise<{ readonly caller: Caller; readonly masking: "here" | "gateway" }>;
}

export function createSubgraphAuthenticator(options: {
  /** Undefined: no gateway is known, so nobody gets raw values for later masking. */
  readonly gateway: GatewayTokenVerifier | undefined;
  readonly own: Authenticator;
}): SubgraphAuthenticator {
  const { gateway, own } = options;
  return {
    async authenticate(headers) {
      const token = headers.get(gatewayTokenHeader);
      if (gateway !== undefined && token !== undefined) {
        return { caller: await gateway.verify(token), masking: "gateway" };
      }
      return { caller: await own.authenticate(headers), masking: "here" };
    },
  };
}
