/** Who asks and why. Kept for this browser tab only: a token is nobody else's and outlives no session. */
import { computed, effect, signal } from "@preact/signals";

export const token = signal(sessionStorage.getItem("datamesh.token") ?? "");
export const purpose = signal(sessionStorage.getItem("datamesh.purpose") ?? "");

effect(() => keep("datamesh.token", token.value));
effect(() => keep("datamesh.purpose", purpose.value));

function keep(key: string, value: string): void {
  if (value === "") sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, value);
}

export interface Claims {
  readonly subject: string;
  readonly roles: readonly string[];
  readonly purposes: readonly string[];
  /** Undefined when the token does not end. */
  readonly expires: Date | undefined;
}

/** What the token says about itself; only the server can tell whether it is true. */
export const claims = computed<Claims | undefined>(() => readClaims(token.value));

export function readClaims(jwt: string): Claims | undefined {
  try {
    const payload = jwt.split(".")[1];
    if (payload === undefined) return undefined;
    const bytes = Uint8Array.from(atob(payload.replaceAll("-", "+").replaceAll("_", "/")), (character) =>
      character.charCodeAt(0),
    );
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof json !== "object" || json === null) return undefined;
    const claim = (name: string): unknown => Reflect.get(json, name);
    const names = (value: unknown): string[] =>
      Array.isArray(value) ? value.filter((name): name is string => typeof name === "string") : [];
    const expires = claim("exp");
    return {
      subject: String(claim("sub") ?? "unknown"),
      roles: names(claim("roles")),
      purposes: names(claim("purposes")),
      expires: typeof expires === "number" ? new Date(expires * 1000) : undefined,
    };
  } catch {
    return undefined;
  }
}

/** The headers that make a request this caller's. */
export function callerHeaders(): Record<string, string> {
  return {
    ...(token.value === "" ? {} : { authorization: `Bearer ${token.value}` }),
    ...(purpose.value === "" ? {} : { "mesh-purpose": purpose.value }),
  };
}
