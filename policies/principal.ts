/** The caller with attributes, after authentication. */
export interface Principal {
  /** Stable and not personal data in itself where the issuer allows: the token's `sub`; `anonymous` for nobody. */
  readonly id: string;
  readonly kind: "anonymous" | "user" | "service";
  readonly roles: readonly string[];
  /** The purposes this principal may declare. */
  readonly purposes: readonly string[];
  /** Further claims that conditions may use. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Who asks, and why. `purpose` is set only when it was declared and granted. */
export interface Caller {
  readonly principal: Principal;
  readonly purpose: string | undefined;
}

export const anonymous: Caller = Object.freeze({
  principal: Object.freeze({ id: "anonymous", kind: "anonymous", roles: [], purposes: [], attributes: {} }),
  purpose: undefined,
});
