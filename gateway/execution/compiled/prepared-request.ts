import type { Caller } from "#policies";
import type { SubgraphRequest } from "../../transport/subgraph-client.ts";
import type { OperationText } from "./request-text.ts";

/**
 * A request to a subgraph whose body is ready as JSON text: clients that send text take `body`, clients in the same
 * process `query` and `variables`, which are parsed from it when they are asked for.
 */
export class PreparedRequest implements SubgraphRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly caller: Caller;
  readonly headers: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  readonly #prefix: string;
  readonly #variables: string;
  #parsed: Readonly<Record<string, unknown>> | undefined;

  /** `variables` are the members of the JSON object, without its braces. */
  constructor(
    text: OperationText,
    variables: string,
    client: { readonly caller: Caller; readonly headers: ReadonlyMap<string, string>; readonly signal: AbortSignal },
  ) {
    this.query = text.query;
    this.operationName = text.operationName;
    this.caller = client.caller;
    this.headers = client.headers;
    this.signal = client.signal;
    this.#prefix = text.prefix;
    this.#variables = variables;
  }

  /** `{"query":…,"operationName":…,"variables":{…}}` */
  get body(): string {
    return `${this.#prefix}${this.#variables}}}`;
  }

  get variables(): Readonly<Record<string, unknown>> {
    this.#parsed ??= JSON.parse(`{${this.#variables}}`) as Record<string, unknown>;
    return this.#parsed;
  }
}
