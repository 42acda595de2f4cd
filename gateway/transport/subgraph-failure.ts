import type { GatewayErrorCode } from "../errors.ts";

/** Why no GraphQL response came. */
export type FailureReason =
  | "unreachable"
  | "timeout"
  | "aborted"
  | "http-status"
  | "media-type"
  | "too-large"
  | "invalid-json"
  | "invalid-response"
  | "internal";

/**
 * A subgraph gave no GraphQL response. The message names the subgraph and the kind of failure and is safe to show: no
 * address, no part of the body; those are in `cause`, for the log.
 */
export class SubgraphFailure extends Error {
  readonly subgraph: string;
  readonly reason: FailureReason;

  constructor(
    subgraph: string,
    reason: FailureReason,
    options: { readonly detail?: string; readonly cause?: unknown } = {},
  ) {
    super(
      `Subgraph "${subgraph}" ${described[reason]}${options.detail === undefined ? "" : ` (${options.detail})`}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "SubgraphFailure";
    this.subgraph = subgraph;
    this.reason = reason;
  }

  /** What the client reads in `extensions.code`. */
  get code(): GatewayErrorCode {
    if (this.reason === "timeout") return "GATEWAY_TIMEOUT";
    return this.reason === "aborted" ? "REQUEST_ABORTED" : "DOWNSTREAM_SERVICE_ERROR";
  }
}

const described: Readonly<Record<FailureReason, string>> = {
  unreachable: "could not be reached",
  timeout: "did not answer in time",
  aborted: "was not waited for: the request was aborted",
  "http-status": "answered with an HTTP error",
  "media-type": "answered with something other than JSON",
  "too-large": "answered more than the gateway takes",
  "invalid-json": "answered with broken JSON",
  "invalid-response": "answered with JSON that is no GraphQL response",
  internal: "failed",
};
