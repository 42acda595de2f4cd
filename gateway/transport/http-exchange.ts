import type { Dispatcher } from "undici";
import type { CancelListener, Cancellation } from "#http";
import { parseResponse } from "./read-response.ts";
import { readRetryAfter } from "./retry-after.ts";
import type { SubgraphRequest, SubgraphResponse } from "./subgraph-client.ts";
import { type FailureReason, SubgraphFailure } from "./subgraph-failure.ts";

/** An answer that is of no use is read to its end up to so many bytes, since that keeps its connection. */
const maxDiscardedBytes = 65_536;

const jsonType = /^application\/(?:graphql-response\+)?json\s*(?:;|$)/i;

const unchanged: SubgraphResponse = Object.freeze({ unchanged: true });

type CacheHeaders = Pick<SubgraphResponse, "cacheControl" | "age">;

export interface HttpExchangeOptions {
  readonly subgraph: string;
  readonly maxBytes: number;
  /** Every response holds its bytes, wanted or not: who shares it parses them again. */
  readonly keepsBytes: boolean;
}

/**
 * One request over HTTP and its answer, as undici's handler: settles exactly once, with a checked response or a
 * `SubgraphFailure`. undici calls it in this order; `onResponseError` may come at any point and is the last:
 *
 *   onRequestStart ─▶ onResponseStart ─▶ onResponseData* ─▶ onResponseEnd
 *
 * Hot: once per request to a subgraph (bench/transport).
 */
export class HttpExchange implements Dispatcher.DispatchHandler, CancelListener {
  readonly #options: HttpExchangeOptions;
  readonly #request: SubgraphRequest;
  readonly #cancellation: Cancellation;
  readonly #resolve: (response: SubgraphResponse) => void;
  readonly #reject: (failure: SubgraphFailure) => void;
  #settled = false;
  #controller: Dispatcher.DispatchController | undefined;
  /** 0 until there is an answer. */
  #status = 0;
  /** Why the answer is of no use; it is read all the same. */
  #refusal: SubgraphFailure | undefined;
  #cacheHeaders: CacheHeaders | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(
    options: HttpExchangeOptions,
    request: SubgraphRequest,
    cancellation: Cancellation,
    resolve: (response: SubgraphResponse) => void,
    reject: (failure: SubgraphFailure) => void,
  ) {
    this.#options = options;
    this.#request = request;
    this.#cancellation = cancellation;
    this.#resolve = resolve;
    this.#reject = reject;
    cancellation.addEventListener("abort", this);
  }

  /** It is no longer wanted. */
  handleEvent(): void {
    this.#fail(new SubgraphFailure(this.#options.subgraph, "aborted", { cause: this.#cancellation.reason }));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It was given up while it waited for a connection. A throw keeps the connection, `abort` would close it.
    if (this.#settled) throw new Error("given up before it was sent");
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (status < 200) return; // informational (RFC 9110, 15.2); the answer follows
    this.#status = status;
    this.#cacheHeaders = readCacheHeaders(headers);
    const encoding = headers["content-encoding"];
    if (!jsonType.test(String(headers["content-type"] ?? ""))) {
      this.#refusal = new SubgraphFailure(this.#options.subgraph, this.#isOk() ? "media-type" : "http-status", {
        detail: `status ${status}`,
        status,
        retryAfterMs: readRetryAfter(headers["retry-after"], Date.now()),
      });
    } else if (encoding !== undefined && encoding !== "identity") {
      this.#refusal = this.#failure("media-type", "encoded, though it was asked not to");
    } else if (Number(headers["content-length"] ?? 0) > this.#options.maxBytes) {
      this.#fail(this.#tooLarge());
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#refusal !== undefined) {
      if (this.#bytes > maxDiscardedBytes) this.#fail(this.#refusal);
    } else if (this.#bytes > this.#options.maxBytes) this.#fail(this.#tooLarge());
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    if (this.#refusal !== undefined) {
      this.#fail(this.#refusal);
      return;
    }
    try {
      const response = this.#isRemembered() ? unchanged : this.#read();
      this.#settle();
      this.#resolve(this.#cacheHeaders === undefined ? response : { ...response, ...this.#cacheHeaders });
    } catch (cause) {
      // A proxy's JSON error page is an HTTP error first.
      const failure = this.#isOk() ? cause : this.#failure("http-status", `status ${this.#status}`, cause);
      this.#fail(failure as SubgraphFailure); // `#read` throws nothing else
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController, cause: Error): void {
    if (this.#settled) return;
    this.#fail(this.#failure(this.#status === 0 ? "unreachable" : "interrupted", undefined, cause));
  }

  /** Compares what came piece by piece: nothing is joined that is not parsed. */
  #isRemembered(): boolean {
    const { remembered } = this.#request;
    if (remembered === undefined || remembered.byteLength !== this.#bytes || this.#status !== 200) return false;
    let start = 0;
    for (const chunk of this.#chunks) {
      const end = start + chunk.length;
      if (chunk.compare(remembered, start, end) !== 0) return false;
      start = end;
    }
    return true;
  }

  #read(): SubgraphResponse {
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    const response = parseResponse(this.#options.subgraph, bytes);
    if (this.#status >= 500) return { ...response, failedWith: this.#status };
    const keepsBytes = this.#options.keepsBytes || this.#request.wantsBytes;
    return keepsBytes && this.#status === 200 ? { ...response, bytes } : response;
  }

  #fail(failure: SubgraphFailure): void {
    if (this.#settled) return;
    this.#settle();
    this.#reject(failure);
    // Closes the connection rather than reading what nobody wants; does nothing after the answer's end.
    this.#controller?.abort(failure);
  }

  #settle(): void {
    this.#settled = true;
    this.#cancellation.removeEventListener("abort", this);
  }

  #isOk(): boolean {
    return this.#status >= 200 && this.#status < 300;
  }

  #tooLarge(): SubgraphFailure {
    return this.#failure("too-large", `over ${this.#options.maxBytes} bytes`);
  }

  #failure(reason: FailureReason, detail?: string, cause?: unknown): SubgraphFailure {
    return new SubgraphFailure(this.#options.subgraph, reason, {
      ...(detail === undefined ? {} : { detail }),
      ...(this.#status === 0 ? {} : { status: this.#status }),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

/** What an answer does not say the schema or the product may say, so its age counts without `Cache-Control` too. */
function readCacheHeaders(headers: Record<string, string | string[] | undefined>): CacheHeaders | undefined {
  const { "cache-control": control, age } = headers;
  if (control === undefined && age === undefined) return undefined;
  // RFC 9111, 5.1: of several the first counts, and what is no number is none; 1.2.2: one that is too large is very old.
  const seconds = /^\s*(\d+)\s*(?:,|$)/.exec(String(age ?? ""))?.[1];
  return {
    cacheControl: Array.isArray(control) ? control.join(", ") : control,
    age: seconds === undefined ? undefined : Number(seconds),
  };
}
