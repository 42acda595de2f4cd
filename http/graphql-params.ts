/**
 * GraphQL over HTTP, section 5 and appendix A: parameters out of a GET's query string or a POST's JSON body.
 * In: a request of one of the two methods. Out: checked parameters. Next: `GraphQLService.prepare`.
 */
import { isAscii, isUtf8 as isUtf8Text } from "node:buffer";
import { ClientError } from "#schema";
import { httpError } from "./errors.ts";
import type { GraphQLParams } from "./graphql-service.ts";
import { isUtf8, readContentType } from "./media-type.ts";
import type { HttpRequest } from "./message.ts";

/** Deeper JSON than this in variables or extensions is refused: what walks it later may be recursive. */
const maxJsonDepth = 128;

/** What a POST asks for: one operation, or several as a list, of which each may be malformed by itself. */
export type PostedParams = GraphQLParams | readonly (GraphQLParams | ClientError)[];

/**
 * The parameters of a POST.
 *
 * @param maxBatch how many operations a list may have; undefined takes no list
 * @throws ClientError UNSUPPORTED_MEDIA_TYPE (415) unless the body says it is JSON in UTF-8, BAD_REQUEST,
 * BATCHING_NOT_ENABLED, BATCH_LIMIT_EXCEEDED (400)
 */
export function readPostParams(request: HttpRequest, maxBatch: number | undefined): PostedParams {
  assertJsonContentType(request.headers.get("content-type"));
  const text = decodeUtf8(request.body ?? new Uint8Array());
  if (text.trim() === "")
    throw httpError("BAD_REQUEST", 'The request body is empty: send a JSON object {"query": "…"}.');
  const body = parseJson(text, "The request body");
  return Array.isArray(body) ? readBatch(body, maxBatch) : readBody(body, "The request body");
}

function readBatch(body: readonly unknown[], maxBatch: number | undefined): readonly (GraphQLParams | ClientError)[] {
  if (maxBatch === undefined) {
    throw httpError(
      "BATCHING_NOT_ENABLED",
      "Batching is switched off: send one operation per request, as a JSON object.",
    );
  }
  if (body.length === 0) throw httpError("BAD_REQUEST", "The batch is empty: send at least one operation.");
  if (body.length > maxBatch) {
    throw httpError(
      "BATCH_LIMIT_EXCEEDED",
      `The batch has ${body.length} operations, at most ${maxBatch} are allowed: send the others in a further request.`,
    );
  }
  return body.map((entry) => {
    try {
      return readBody(entry, "An operation of the batch");
    } catch (error) {
      if (error instanceof ClientError) return error;
      throw error;
    }
  });
}

function readBody(body: unknown, what: string): GraphQLParams {
  if (!isRecord(body)) throw httpError("BAD_REQUEST", `${what} must be a JSON object, not ${describe(body)}.`);
  return checkParams(body);
}

/**
 * The parameters of a GET.
 *
 * @throws ClientError BAD_REQUEST (400), also for a parameter given twice, because caches and proxies disagree on which one counts
 */
export function readGetParams(url: string): GraphQLParams {
  const raw = readQueryString(url);
  return checkParams({
    query: raw.get("query"),
    documentId: raw.get("documentId"),
    // An empty operation name is what forms and client libraries send for "none".
    operationName: raw.get("operationName") === "" ? undefined : raw.get("operationName"),
    variables: readJsonParameter(raw, "variables"),
    extensions: readJsonParameter(raw, "extensions"),
  });
}

function assertJsonContentType(contentType: string | undefined): void {
  const mediaType = contentType === undefined ? undefined : readContentType(contentType);
  if (mediaType?.essence !== "application/json") {
    const found = contentType === undefined ? "no content-type" : (mediaType?.essence ?? "a malformed content-type");
    throw httpError("UNSUPPORTED_MEDIA_TYPE", `Send content-type: application/json; the request has ${found}.`);
  }
  if (!isUtf8(mediaType)) {
    throw httpError("UNSUPPORTED_MEDIA_TYPE", "Send the JSON body in UTF-8: no other charset is supported.");
  }
}

/** A tenth of what a `TextDecoder` takes for a short body. */
function decodeUtf8(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(buffer)) return buffer.toString("latin1");
  if (!isUtf8Text(buffer)) throw httpError("BAD_REQUEST", "The request body is not valid UTF-8.");
  const text = buffer.toString("utf8");
  // RFC 8259 (section 8.1) allows to drop a byte order mark.
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The engine's own message quotes the text, which may hold personal data: only the place is passed on.
    const at = cause instanceof Error ? /line \d+ column \d+/.exec(cause.message)?.[0] : undefined;
    throw httpError("BAD_REQUEST", `${what} is not valid JSON${at === undefined ? "" : ` (at ${at})`}.`);
  }
}

const parameterNames = ["query", "documentId", "operationName", "variables", "extensions"] as const;

function readQueryString(url: string): ReadonlyMap<string, string> {
  const start = url.indexOf("?");
  const found = new Map<string, string>();
  if (start < 0) return found;
  const end = url.indexOf("#", start);
  for (const pair of url.slice(start + 1, end < 0 ? undefined : end).split("&")) {
    const equals = pair.indexOf("=");
    const name = decodeFormComponent(equals < 0 ? pair : pair.slice(0, equals), "A name in the query string");
    if (!parameterNames.some((known) => known === name)) continue;
    if (found.has(name)) throw httpError("BAD_REQUEST", `The parameter "${name}" is given twice: send it once.`);
    found.set(name, equals < 0 ? "" : decodeFormComponent(pair.slice(equals + 1), `The parameter "${name}"`));
  }
  return found;
}

/** Strict where `URLSearchParams` is not: bytes that are no UTF-8 are refused and not replaced. */
function decodeFormComponent(text: string, what: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch (cause) {
    throw httpError("BAD_REQUEST", `${what} is not percent-encoded UTF-8.`, { cause });
  }
}

function readJsonParameter(raw: ReadonlyMap<string, string>, name: "variables" | "extensions"): unknown {
  const text = raw.get(name);
  return text === undefined || text === "" ? undefined : parseJson(text, `The parameter "${name}"`);
}

function checkParams(raw: Readonly<Record<string, unknown>>): GraphQLParams {
  const query = ownValue(raw, "query");
  const documentId = ownValue(raw, "documentId");
  const operationName = ownValue(raw, "operationName");
  const extensions = checkMap("extensions", ownValue(raw, "extensions"));
  const variables = checkMap("variables", ownValue(raw, "variables"));
  if (query === undefined && documentId === undefined && extensions?.persistedQuery === undefined) {
    throw httpError("BAD_REQUEST", 'The parameter "query" is missing: send the GraphQL document as a string.');
  }
  if (query !== undefined && typeof query !== "string") throw wrongType("query", "a string", query);
  if (documentId !== undefined && (typeof documentId !== "string" || documentId === "")) {
    throw wrongType("documentId", "the id of a document, as a string", documentId);
  }
  if (operationName !== undefined && typeof operationName !== "string") {
    throw wrongType("operationName", "a string or null", operationName);
  }
  return { query, documentId, operationName, variables, extensions };
}

/** Null means the same as absent (GraphQL over HTTP, section 5.1). */
function ownValue(raw: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(raw, name) ? (raw[name] ?? undefined) : undefined;
}

function checkMap(name: "variables" | "extensions", value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  if (!isRecord(value)) throw wrongType(name, "a JSON object or null", value);
  assertHarmless(name, value);
  return value;
}

/** Walks without recursion, one level of the value at a time. */
function assertHarmless(name: string, value: object): void {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxJsonDepth) {
      throw httpError("BAD_REQUEST", `The parameter "${name}" is nested deeper than ${maxJsonDepth} levels.`);
    }
    const next: object[] = [];
    for (const node of level) {
      if (Object.hasOwn(node, "__proto__")) {
        throw httpError("BAD_REQUEST", `The parameter "${name}" has a key "__proto__", which is not allowed.`);
      }
      for (const child of Object.values(node)) if (typeof child === "object" && child !== null) next.push(child);
    }
    level = next;
  }
}

function wrongType(name: string, expected: string, value: unknown): Error {
  return httpError("BAD_REQUEST", `The parameter "${name}" must be ${expected}, not ${describe(value)}.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value === "") return "an empty string";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
