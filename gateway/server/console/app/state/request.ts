/** One GraphQL request of the console, timed. */
import { callerHeaders } from "./caller.ts";

const endpoint = "/graphql";

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly durationMs: number;
  readonly bytes: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly text: string;
  /** Undefined when the text is no JSON. */
  readonly json: unknown;
}

export async function send(
  body: { query: string; variables?: unknown; operationName?: string },
  signal?: AbortSignal,
): Promise<Answer> {
  const started = performance.now();
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      "apollographql-client-name": "datamesh-console",
      ...callerHeaders(),
    },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
  const text = await response.text();
  return {
    status: response.status,
    statusText: response.statusText,
    durationMs: performance.now() - started,
    bytes: new TextEncoder().encode(text).byteLength,
    headers: [...response.headers].toSorted(([a], [b]) => a.localeCompare(b)),
    text,
    json: parseJson(text),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
