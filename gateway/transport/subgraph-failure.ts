import type { GatewayErrorCode } from "../errors.ts";

/** Why no GraphQL response came. */
export type FailureReason =
  | "unreachable"
  | "interrupted"
  | "timeout"
  | "aborted"
  | "http-status"
  | "media-type"
  | "too-large"
  | "invalid-json"
  | "invalid-response"
  | "circuit-open"
  | "internal";

interface FailureDetails {
  /** In brackets behind the message; safe to show. */
  readonly detail?: string;
  /** The HTTP status, of an answer over HTTP. */
  readonly status?: number;
  /** After how long the subgraph asks to be asked again (RFC 9110, 10.2.3). */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A subgraph gave no GraphQL response. The message names the subgraph and the kind of failure and is safe to show: no
 * address, no part of the body; those are in `cause`, for the log.
 */
export class SubgraphFailure extends Error {
  readonly subgraph: string;
  readonly reason: FailureReason;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(subgraph: string, reason: FailureReason, details: FailureDetails = {}) {
    super(
      `Subgraph "${subgraph}" ${described[reason]}${details.detail === undefined ? "" : ` (${details.detail})`}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = "SubgraphFailure";
    this.subgraph = subgraph;
    this.reason = reason;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }

  /** What the client reads in `extensions.code`. */
  get code(): GatewayErrorCode {
    if (this.reason === "timeout") return "GATEWAY_TIMEOUT";
    return this.reason === "aborted" ? "REQUEST_ABORTED" : "DOWNSTREAM_SERVICE_ERROR";
  }
}

const described: Readonly<Record<FailureReason, string>> = {
  unreachable: "could not be reached",
  interrupted: "broke off its answer",
  timeout: "did not answer in time",
  aborted: "was not waited for: the request was aborted",
  "http-status": "answered with an HTTP error",
  "media-type": "answered with something other than JSON",
  "too-large": "answered more than the gateway takes",
  "invalid-json": "answered with broken JSON",
  "invalid-response": "answered with JSON that is no GraphQL response",
  "circuit-open": "is not asked for now, since it failed too often",
  internal: "failed",
};
