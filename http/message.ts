/** HTTP without a server: what the GraphQL handler takes and gives, whatever framework stands around it. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query string: `/graphql?query=…`. */
  readonly url: string;
  /** Lower-case names; several values of one header joined with `, `. */
  readonly headers: ReadonlyMap<string, string>;
  /** The whole body, already bounded by the adapter. */
  readonly body: Uint8Array | undefined;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
