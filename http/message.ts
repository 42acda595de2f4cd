/** HTTP without a server: what the GraphQL handler takes and gives, whatever framework stands around it. */
import { LRUCache } from "lru-cache";
import type { Cancellation } from "./cancellation.ts";

export interface HttpRequest {
  readonly method: string;
  /** Path and query string: `/graphql?query=…`. */
  readonly url: string;
  /** Lower-case names; several values of one header joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** The whole body, already bounded by the adapter. */
  readonly body: Uint8Array | undefined;
  /** Aborts when the client goes away; `toAbortSignal` for code that knows no other. */
  readonly signal: Cancellation;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Adapters leave it out for HEAD. */
  readonly body: string | Uint8Array;
  /** The very same bytes may be sent again: what is made of them can be kept with them. */
  readonly isKept?: true;
  /** What follows the body, sent as it is made; it may be given up at any time. A throw ends the connection. */
  readonly more?: AsyncIterable<string>;
}

/** Answers every request and never rejects: what goes wrong is a response too. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpResponse>;

/** A response whose body may be made while it is sent; a body that throws ends the connection before its proper end. */
export interface StreamedResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<string>;
}

/** Like `HttpHandler`, for answers that are too large to be held. */
export type StreamHandler = (request: HttpRequest) => Promise<StreamedResponse>;

/** A comma-separated list header with `value` added once (RFC 9110, section 5.6.1); used for `Vary`. */
export function addToList(list: string | undefined, value: string): string {
  if (list === undefined || list === "") return value;
  const known = added.get(value)?.get(list);
  if (known !== undefined) return known;
  const longer = addNow(list, value);
  const byList = added.get(value) ?? new LRUCache<string, string>({ max: 100 });
  byList.set(list, longer);
  added.set(value, byList);
  return longer;
}

/** By what was added, and to which list: answers have the same few lists, and nobody but us adds. */
const added = new LRUCache<string, LRUCache<string, string>>({ max: 20 });

function addNow(list: string, value: string): string {
  const present = list.split(",").map((part) => part.trim().toLowerCase());
  return present.includes(value.toLowerCase()) || present.includes("*") ? list : `${list}, ${value}`;
}
