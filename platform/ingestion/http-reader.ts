/** Reads another product's outputs over HTTP; the other side is `output-stream.ts`. */
import { type Dispatcher, Pool } from "undici";
import { type ClientError, type ColumnType, readColumnType } from "#schema";
import { platformError } from "../errors.ts";
import type { Row } from "../storage/port.ts";
import { valueOfText } from "../storage/values.ts";
import type { UpstreamReader, UpstreamRequest, UpstreamRows, UpstreamVersion } from "./upstream.ts";

export interface HttpReaderOptions {
  /** The upstream's name, for messages. */
  readonly product: string;
  /** The origin at which it serves `/outputs`. */
  readonly url: string;
  /** Headers of each request: the service token. */
  readonly headers: () => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  /** Without a byte for this long, the upstream counts as gone. Default 30000. */
  readonly timeoutMs?: number | undefined;
}

const rowsPerBatch = 1_000;

/** Raises `INPUT_UNAVAILABLE` when the upstream does not answer, breaks off, or is not what it should be. */
export function createHttpReader(options: HttpReaderOptions): UpstreamReader & { close(): Promise<void> } {
  const timeoutMs = options.timeoutMs ?? 30_000;
  const pool = new Pool(new URL(options.url).origin, {
    connections: 2,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connectTimeout: Math.min(timeoutMs, 5_000),
  });
  const unavailable = (what: string, cause?: unknown): ClientError =>
    platformError("INPUT_UNAVAILABLE", `Product "${options.product}" at ${new URL(options.url).origin} ${what}.`, {
      cause,
    });

  async function get(path: string, signal: AbortSignal | undefined): Promise<Dispatcher.ResponseData> {
    const headers = { ...(await options.headers()) };
    const response = await pool
      .request({ method: "GET", path, headers, ...(signal === undefined ? {} : { signal }) })
      .catch((cause: unknown) => {
        signal?.throwIfAborted();
        throw unavailable("does not answer; start it, or correct its address", cause);
      });
    if (response.statusCode === 200) return response;
    const { message, code } = await readProblem(response);
    throw platformError(
      code === "PRODUCT_NOT_PUBLISHED" || code === "OUTPUT_REQUEST_INVALID" ? code : "INPUT_UNAVAILABLE",
      `Product "${options.product}" answered with status ${response.statusCode}: ${message}`,
    );
  }

  return {
    async version(signal): Promise<UpstreamVersion> {
      const { body } = await get("/outputs", signal);
      return readVersion(await body.json(), () => unavailable("gave no version"));
    },
    async read(request): Promise<UpstreamRows> {
      const { body } = await get(pathOf(request), request.signal);
      const lines = linesIn(body, request.signal, unavailable);
      const first = await lines.next();
      const head: unknown = first.done === true ? undefined : JSON.parse(first.value);
      const version = readVersion(head, () => unavailable("gave no version"));
      const columns = readColumns(head);
      return {
        version,
        columns,
        batches: batchesOf(lines, columns, () => unavailable("broke off; the rows are not used")),
      };
    },
    close: () => pool.close(),
  };
}

function pathOf(request: UpstreamRequest): string {
  const query = new URLSearchParams();
  if (request.fields.length > 0) query.set("fields", request.fields.join(","));
  if (request.after !== undefined) {
    query.set("after", request.after.value);
    query.set("by", request.after.column);
  }
  return `/outputs/${encodeURIComponent(request.output)}${query.size === 0 ? "" : `?${query}`}`;
}

async function* linesIn(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
  unavailable: (what: string, cause?: unknown) => ClientError,
): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      yield* lines;
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw unavailable("broke off; the rows are not used", cause);
  }
}

async function* batchesOf(
  lines: AsyncGenerator<string, undefined>,
  columns: ReadonlyMap<string, ColumnType>,
  brokeOff: () => ClientError,
): AsyncIterable<readonly Row[]> {
  const named = [...columns];
  let batch: Row[] = [];
  let count = 0;
  let isComplete = false;
  for await (const line of lines) {
    const value: unknown = JSON.parse(line);
    if (!Array.isArray(value)) {
      isComplete = (value as { readonly rows?: unknown } | null)?.rows === count;
      break;
    }
    count++;
    batch.push(Object.fromEntries(named.map(([name, type], index) => [name, valueOfText(value[index], type)])));
    if (batch.length < rowsPerBatch) continue;
    yield batch;
    batch = [];
  }
  if (!isComplete) throw brokeOff();
  if (batch.length > 0) yield batch;
}

function readVersion(value: unknown, invalid: () => ClientError): UpstreamVersion {
  const { version, publishedAt } = (value ?? {}) as { readonly version?: unknown; readonly publishedAt?: unknown };
  if (typeof version !== "number" || typeof publishedAt !== "string") throw invalid();
  return { version, publishedAt: new Date(publishedAt) };
}

function readColumns(head: unknown): ReadonlyMap<string, ColumnType> {
  // `readVersion` has seen that the first line is ours.
  const { columns } = head as { readonly columns: readonly (readonly [string, string])[] };
  return new Map(columns.map(([name, type]) => [name, readColumnType(type)]));
}

async function readProblem(response: Dispatcher.ResponseData): Promise<{ message: string; code: string | undefined }> {
  try {
    const { errors } = (await response.body.json()) as {
      readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
    };
    return { message: errors?.[0]?.message ?? "no reason given", code: errors?.[0]?.extensions?.code };
  } catch {
    return { message: "no reason given", code: undefined };
  }
}
