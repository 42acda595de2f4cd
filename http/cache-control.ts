/** The `Cache-Control` header of responses: RFC 9111, section 5.2.2, and RFC 5861. */

/** All in seconds. */
export interface CacheControl {
  readonly noStore: boolean;
  /** Must be asked for again each time. */
  readonly noCache: boolean;
  readonly isPrivate: boolean;
  readonly isPublic: boolean;
  readonly maxAge: number | undefined;
  /** For caches that several share; goes before `maxAge` there. */
  readonly sMaxAge: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly staleIfError: number | undefined;
  /** What is stale must not be used, whatever else is said. */
  readonly mustRevalidate: boolean;
}

/** Section 1.2.2: more is as good as for ever. */
const maxSeconds = 2_147_483_648;

/**
 * Never throws; linear in the header. Directives that are not known are passed over (section 5.2.3). Of a directive that is
 * there twice the stricter counts, and a time that is no number is none (section 4.2.1). What is written wrongly counts as
 * far as it forbids, and what follows the next comma may be good. A `private` or `no-cache` for single fields counts for the
 * whole, as the section lets a cache do that does not tell them apart.
 */
export function readCacheControl(header: string): CacheControl {
  const ages = new Map<string, number>();
  const flags = new Set<string>();
  for (const { name, argument, isWhole } of readDirectives(header)) {
    if (timed.has(name)) ages.set(name, Math.min(ages.get(name) ?? maxSeconds, isWhole ? readSeconds(argument) : 0));
    else if (isWhole || name !== "public") flags.add(name);
  }
  return {
    noStore: flags.has("no-store"),
    noCache: flags.has("no-cache"),
    isPrivate: flags.has("private"),
    isPublic: flags.has("public"),
    maxAge: ages.get("max-age"),
    sMaxAge: ages.get("s-maxage"),
    staleWhileRevalidate: ages.get("stale-while-revalidate"),
    staleIfError: ages.get("stale-if-error"),
    mustRevalidate: flags.has("must-revalidate") || flags.has("proxy-revalidate"),
  };
}

interface Directive {
  readonly name: string;
  readonly argument: string | undefined;
  /** It is written as section 5.2 says: a token, and an argument as a token or in quotes. */
  readonly isWhole: boolean;
}

function readDirectives(header: string): readonly Directive[] {
  const directives: Directive[] = [];
  let at = 0;
  let isClosed = true;
  const read = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(header)?.[0] ?? "";
    at += found.length;
    return found;
  };
  while (at < header.length) {
    read(space);
    const name = read(token).toLowerCase();
    read(space);
    let argument: string | undefined;
    if (header[at] === "=") {
      at++;
      read(space);
      // Behind a quote that nobody closes there is none to look for.
      const text = header[at] === '"' && isClosed ? read(quoted) : "";
      if (text !== "") argument = text.slice(1, -1);
      else if (header[at] !== '"') argument = read(token);
      else isClosed = false;
    }
    read(rest);
    const isWhole = at >= header.length || header[at] === ",";
    if (name !== "") directives.push({ name, argument, isWhole });
    const comma = header.indexOf(",", at);
    at = comma < 0 ? header.length : comma + 1;
  }
  return directives;
}

const space = /\s*/y;
const token = /[^\s=,"]*/y;
const quoted = /"(?:[^"\\]|\\.)*"/y;
const rest = /[^,"]*/y;

const timed: ReadonlySet<string> = new Set(["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"]);

function readSeconds(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), maxSeconds) : 0;
}

/** What is to be told; whole seconds, rounded down. */
export interface WrittenCacheControl {
  readonly scope?: "public" | "private" | undefined;
  readonly maxAge: number;
  readonly staleWhileRevalidate?: number | undefined;
  readonly staleIfError?: number | undefined;
}

/** `public, max-age=60, stale-if-error=600`; `no-store` for no time at all. */
export function printCacheControl({ scope, maxAge, ...stale }: WrittenCacheControl): string {
  const age = Math.floor(maxAge);
  if (age <= 0) return "no-store";
  const parts = [...(scope === undefined ? [] : [scope]), `max-age=${age}`];
  const add = (name: string, seconds: number | undefined): void => {
    if (seconds !== undefined && seconds >= 1) parts.push(`${name}=${Math.floor(seconds)}`);
  };
  add("stale-while-revalidate", stale.staleWhileRevalidate);
  add("stale-if-error", stale.staleIfError);
  return parts.join(", ");
}
