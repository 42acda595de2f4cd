/** Between Node's HTTP messages and ours; shared by the adapters. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Cancel } from "./cancellation.ts";
import type { HttpRequest } from "./message.ts";

/** A request as handlers take it; its signal aborts when the connection ends before the response was sent. */
export function toHttpRequest(
  message: IncomingMessage,
  response: ServerResponse,
  body: Uint8Array | undefined,
): HttpRequest {
  const gone = new Cancel();
  response.on("close", () => {
    if (!response.writableFinished) gone.abort(new DOMException("The client closed the request.", "AbortError"));
  });
  return {
    method: message.method ?? "GET",
    url: message.url ?? "/",
    headers: readHeaders(message),
    body,
    signal: gone,
  };
}

function readHeaders(message: IncomingMessage): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  const given = message.headers;
  // Hot: once per request. The object has nothing but its own.
  for (const name in given) {
    const value = given[name];
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return headers;
}
