/** Media types of requests and the choice among those of responses (RFC 9110, sections 8.3.1 and 12.5.1). */
import { LRUCache } from "lru-cache";

export interface MediaType {
  /** `type/subtype`, lower case. */
  readonly essence: string;
  /** Names in lower case, values unquoted. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The media types a GraphQL answer can have (GraphQL over HTTP, section 4 "Media types"). */
export const graphqlMediaTypes = {
  graphql: "application/graphql-response+json",
  json: "application/json",
} as const;

export type GraphQLMediaType = (typeof graphqlMediaTypes)[keyof typeof graphqlMediaTypes];

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The media type of a `Content-Type` header; undefined when it is not one. */
export function readContentType(text: string): MediaType | undefined {
  const known = contentTypes.get(text);
  if (known !== undefined) return known;
  const mediaType = parseMediaType(text);
  if (mediaType !== undefined) contentTypes.set(text, mediaType);
  return mediaType;
}

/** Clients send the same few headers with every request. */
const contentTypes = new LRUCache<string, MediaType>({ max: 100 });

/** A media type (RFC 9110, section 8.3.1); undefined when it is not one. */
export function parseMediaType(text: string): MediaType | undefined {
  const [essence = "", ...rest] = splitOutsideQuotes(text, ";");
  const [type = "", subtype = "", ...more] = essence.trim().toLowerCase().split("/");
  if (!token.test(type) || !token.test(subtype) || more.length > 0) return undefined;
  const parameters = new Map<string, string>();
  for (const part of rest) {
    if (part.trim() === "") continue;
    const equals = part.indexOf("=");
    const name = part.slice(0, equals).trim().toLowerCase();
    const value = unquote(part.slice(equals + 1).trim());
    if (equals < 0 || !token.test(name) || value === undefined) return undefined;
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return { essence: `${type}/${subtype}`, parameters };
}

/** True for no charset and for UTF-8 in any of its spellings: the only encoding of JSON between systems (RFC 8259). */
export function isUtf8(mediaType: MediaType): boolean {
  const charset = mediaType.parameters.get("charset");
  return charset === undefined || /^utf-?8$/i.test(charset);
}

/**
 * The media type to answer in, or undefined when the client accepts neither (406).
 *
 * Each of the two gets the quality of the most specific range that matches it; the higher quality wins. Between equals
 * a type that was named beats one that a wildcard let through, and of two named ones `application/graphql-response+json`
 * is the better answer because its status codes mean more. Where nothing was named, clients are old ones and get
 * `application/json`. Ranges that cannot be parsed and foreign types are passed over (RFC 9110, section 12.5.1).
 */
export function negotiateMediaType(accept: string | undefined): GraphQLMediaType | undefined {
  if (accept === undefined) return graphqlMediaTypes.json;
  const known = negotiated.get(accept);
  if (known !== undefined) return known === "none" ? undefined : known;
  const chosen = chooseMediaType(accept);
  negotiated.set(accept, chosen ?? "none");
  return chosen;
}

const negotiated = new LRUCache<string, GraphQLMediaType | "none">({ max: 100 });

function chooseMediaType(accept: string): GraphQLMediaType | undefined {
  if (accept.trim() === "") return graphqlMediaTypes.json;
  const ranges = parseAccept(accept).filter(isUtf8);
  const graphql = match(ranges, graphqlMediaTypes.graphql);
  const json = match(ranges, graphqlMediaTypes.json);
  if (graphql.quality === 0 && json.quality === 0) return undefined;
  if (graphql.quality !== json.quality) {
    return graphql.quality > json.quality ? graphqlMediaTypes.graphql : graphqlMediaTypes.json;
  }
  return graphql.named ? graphqlMediaTypes.graphql : graphqlMediaTypes.json;
}

/** A range of media types that a client takes. */
interface Range extends MediaType {
  /** 0 … 1 */
  readonly quality: number;
}

/** The ranges of an `Accept` header, in its order; what is none is passed over. */
export function parseAccept(accept: string): readonly Range[] {
  return splitOutsideQuotes(accept, ",").flatMap((text) => parseRange(text) ?? []);
}

function parseRange(text: string): Range | undefined {
  const mediaType = parseMediaType(text);
  if (mediaType === undefined) return undefined;
  const weight = mediaType.parameters.get("q") ?? "1";
  if (!/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(weight)) return undefined;
  return { ...mediaType, quality: Number(weight) };
}

function match(ranges: readonly Range[], essence: string): { quality: number; named: boolean } {
  const type = essence.slice(0, essence.indexOf("/"));
  for (const pattern of [essence, `${type}/*`, "*/*"]) {
    const matching = ranges.filter((range) => range.essence === pattern);
    if (matching.length > 0) {
      return { quality: Math.max(...matching.map((range) => range.quality)), named: pattern === essence };
    }
  }
  return { quality: 0, named: false };
}

function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (quoted && character === "\\") index++;
    else if (character === '"') quoted = !quoted;
    else if (!quoted && character === separator) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** The value of a token or a quoted-string; undefined when it is neither. */
function unquote(text: string): string | undefined {
  if (token.test(text)) return text;
  if (!/^"(?:[^"\\]|\\.)*"$/.test(text)) return undefined;
  return text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
}
