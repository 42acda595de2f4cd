/** Claims of a verified token → principal. */
import type { JWTPayload } from "jose";
import type { Principal } from "../principal.ts";

/**
 * Which claim holds what. A name is first taken as written (`https://example.com/roles`), then as a path
 * (`realm_access.roles`). Several names are read one after the other and joined.
 */
export interface ClaimMapping {
  readonly id: string;
  readonly roles: readonly string[];
  readonly purposes: readonly string[];
  /** The claim that says `service` for machines; everyone else is a user. */
  readonly kind: string;
  /** OAuth scopes (RFC 8693 section 4.2): one string with blanks, or a list. They become the attribute `scopes`. */
  readonly scopes: readonly string[];
  /** Attribute → claim, for further claims that conditions may use. */
  readonly attributes: Readonly<Record<string, string>>;
  /** A claim whose members all become attributes; for issuers that know what the mesh calls them. */
  readonly allAttributes?: string;
}

export const defaultClaimMapping: ClaimMapping = Object.freeze({
  id: "sub",
  roles: ["roles"],
  purposes: ["purposes"],
  kind: "kind",
  scopes: ["scope", "scp"],
  attributes: {},
});

/**
 * Guarantees a principal whose lists hold strings only. Undefined when the token does not say whose it is. A claim of
 * another shape than expected counts as absent: it grants nothing.
 */
export function readPrincipal(claims: JWTPayload, mapping: ClaimMapping): Principal | undefined {
  const id = claim(claims, mapping.id);
  if (typeof id !== "string" || id === "" || id === "anonymous") return undefined;
  const all = mapping.allAttributes === undefined ? undefined : claim(claims, mapping.allAttributes);
  const attributes: Record<string, unknown> = {
    ...(typeof all === "object" && !Array.isArray(all) ? all : {}),
    scopes: mapping.scopes.flatMap((name) => words(claim(claims, name))),
  };
  for (const [attribute, name] of Object.entries(mapping.attributes)) {
    const value = claim(claims, name);
    if (value !== undefined) attributes[attribute] = value;
  }
  return {
    id,
    kind: claim(claims, mapping.kind) === "service" ? "service" : "user",
    roles: mapping.roles.flatMap((name) => words(claim(claims, name))),
    purposes: mapping.purposes.flatMap((name) => words(claim(claims, name))),
    attributes,
  };
}

function claim(claims: JWTPayload, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

function words(value: unknown): string[] {
  if (typeof value === "string") return value.split(" ").filter((word) => word !== "");
  return Array.isArray(value) ? value.filter((word) => typeof word === "string") : [];
}
