import type { DeprecatedUse } from "./deprecation.ts";
import { earliestDate } from "./earliest-date.ts";

/**
 * The headers of an answer that used deprecated coordinates: `deprecation` (RFC 9745, `@` and Unix seconds, the earliest
 * date), `sunset` (RFC 8594, an HTTP date, the earliest) and `link`. A date that nobody gave is not made up: without one
 * its header is missing, and `extensions.deprecations` tells. Sunset is never earlier than Deprecation: what is gone at a
 * date was deprecated by then, whatever a later date says about another coordinate.
 */
export function deprecationHeaders(uses: readonly DeprecatedUse[]): Readonly<Record<string, string>> {
  if (uses.length === 0) return none;
  const sunset = earliestDate(uses.map((use) => use.sunset));
  const deprecated = earliestDate(uses.map((use) => use.deprecatedSince));
  const deprecation = deprecated === undefined ? undefined : earliestDate([deprecated, sunset]);
  const links = [...new Set(uses.flatMap(linksOf))];
  return {
    ...(deprecation === undefined ? {} : { deprecation: `@${Math.floor(deprecation.getTime() / 1000)}` }),
    ...(sunset === undefined ? {} : { sunset: sunset.toUTCString() }),
    ...(links.length === 0 ? {} : { link: links.slice(0, maxLinks).join(", ") }),
  };
}

const none: Readonly<Record<string, string>> = Object.freeze({});

// Header blocks are bounded by clients and proxies (commonly 8 kB); the full list is in the extensions.
const maxLinks = 10;

function linksOf(use: DeprecatedUse): readonly string[] {
  const page = httpAddress(use.link);
  const successor = httpAddress(use.replacement);
  return [
    ...(page === undefined ? [] : [`<${page}>; rel="deprecation"; type="text/html"`]),
    ...(page === undefined || use.sunset === undefined ? [] : [`<${page}>; rel="sunset"; type="text/html"`]),
    ...(successor === undefined ? [] : [`<${successor}>; rel="successor-version"`]),
  ];
}

/** Percent-encoded, so that nothing in it can end the header; undefined when it is no http(s) address. */
function httpAddress(text: string | undefined): string | undefined {
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  return url.href.replaceAll(">", "%3E");
}
