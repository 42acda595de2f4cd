/**
 * Outputs over HTTP, for products that run in another process:
 *
 *   GET /outputs                                    → { "version", "publishedAt" }
 *   GET /outputs/<output>?fields=a,b&after=<value>&by=<column>
 *
 * The second answers NDJSON (`application/x-ndjson`): first a line with the version and the columns' types, then one
 * array of values per row, last `{"rows": n}`. A stream without its last line was cut off and must not be used.
 * Values travel in the text form of storage/values.ts, so nothing is rounded.
 */
import { type HttpRequest, toAbortSignal } from "#http";
import type { Caller } from "#policies";
import { ClientError, printColumnType } from "#schema";
import { textOf } from "../storage/values.ts";
import type { UpstreamReader, UpstreamRows } from "./upstream.ts";

export interface OutputsOptions {
  readonly reader: UpstreamReader;
  /** Rejects with a `ClientError` when the request's token is not one of a service that may read. */
  readonly authorize: (request: HttpRequest) => Promise<Caller>;
  /** Asked before the first row goes out; a rejection refuses the read. Without it nothing is recorded. */
  readonly record?: RecordOutputRead | undefined;
}

/** Undefined for a read that needs no record. */
export type RecordOutputRead = (read: {
  readonly caller: Caller;
  readonly output: string;
  readonly columns: readonly string[];
  readonly signal: HttpRequest["signal"];
}) => Promise<OutputRead | undefined>;

export interface OutputRead {
  /** How many rows went out; called at least once, and the first call counts. */
  end(rows: number, outcome: "answered" | "failed"): void;
}

/** Like an `HttpResponse`, with a body that is made while it is sent. */
export interface OutputsResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | AsyncIterable<string>;
}

const path = "/outputs";

/** Answers every request under `/outputs`; never throws before the body begins. */
export function createOutputsHandler(options: OutputsOptions): (request: HttpRequest) => Promise<OutputsResponse> {
  return async (request) => {
    try {
      if (request.method !== "GET")
        return problem(405, "METHOD_NOT_ALLOWED", "Outputs are read with GET.", { allow: "GET" });
      const caller = await options.authorize(request);
      const url = new URL(request.url, "http://outputs");
      if (url.pathname === path) {
        const { version, publishedAt } = await options.reader.version(toAbortSignal(request.signal));
        return { status: 200, headers: jsonHeaders, body: JSON.stringify({ version, publishedAt }) };
      }
      const output = decodeURIComponent(url.pathname.slice(path.length + 1));
      if (!url.pathname.startsWith(`${path}/`) || output.includes("/")) {
        return problem(
          404,
          "OUTPUT_REQUEST_INVALID",
          `There is nothing at ${url.pathname}. Outputs are at ${path}/<output>.`,
        );
      }
      const value = url.searchParams.get("after");
      const column = url.searchParams.get("by");
      if ((value === null) !== (column === null)) {
        return problem(400, "OUTPUT_REQUEST_INVALID", "`after` (a value) and `by` (its column) are given together.");
      }
      const rows = await options.reader.read({
        output,
        fields:
          url.searchParams
            .get("fields")
            ?.split(",")
            .filter((field) => field !== "") ?? [],
        after: value === null || column === null ? undefined : { column, value },
        signal: toAbortSignal(request.signal),
      });
      const { signal } = request;
      const read = await options.record?.({ caller, output, columns: [...rows.columns.keys()], signal });
      return {
        status: 200,
        headers: { "content-type": "application/x-ndjson", "cache-control": "no-store" },
        body: read === undefined ? linesOf(rows, () => undefined) : recorded(rows, read),
      };
    } catch (error) {
      if (error instanceof ClientError) return problem(error.status, error.code, error.message);
      return problem(500, "INTERNAL_SERVER_ERROR", "The output could not be read.");
    }
  };
}

/** A body that is given up before its first line has an end, too; a generator's own `finally` would not run then. */
function recorded(rows: UpstreamRows, read: OutputRead): AsyncIterable<string> {
  let count = 0;
  const lines = linesOf(rows, (more) => {
    count += more;
  });
  const end = (outcome: "answered" | "failed"): void => read.end(count, outcome);
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const line = await lines.next();
          if (line.done) end("answered");
          return line;
        } catch (error) {
          end("failed");
          throw error;
        }
      },
      return() {
        end("failed");
        return lines.return(undefined);
      },
    }),
  };
}

async function* linesOf(rows: UpstreamRows, onRows: (count: number) => void): AsyncGenerator<string, void> {
  const columns = [...rows.columns];
  yield `${JSON.stringify({ ...rows.version, columns: columns.map(([name, type]) => [name, printColumnType(type)]) })}\n`;
  let count = 0;
  for await (const batch of rows.batches) {
    count += batch.length;
    onRows(batch.length);
    yield batch.map((row) => `${JSON.stringify(columns.map(([name, type]) => textOf(row[name], type)))}\n`).join("");
  }
  yield `${JSON.stringify({ rows: count })}\n`;
}

const jsonHeaders = { "content-type": "application/json", "cache-control": "no-store" };

function problem(status: number, code: string, message: string, headers: Record<string, string> = {}): OutputsResponse {
  return {
    status,
    headers: { ...jsonHeaders, ...headers },
    body: JSON.stringify({ errors: [{ message, extensions: { code } }] }),
  };
}
