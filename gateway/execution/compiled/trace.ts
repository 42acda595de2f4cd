/** What a run asked and was answered, kept so that it can be followed again (`replay.ts`). */
import type { FillOutcome } from "../../cache/index.ts";
import type { SubgraphResponse } from "../../transport/subgraph-client.ts";
import type { ExecutionResult } from "../executor.ts";
import type { OperationText } from "./request-text.ts";

export interface Trace {
  /** By step; undefined where there was nothing to ask. */
  readonly exchanges: readonly (Exchange | undefined)[];
  readonly result: ExecutionResult;
}

/** One request and the bytes that answered it. */
interface Exchange {
  readonly text: OperationText;
  /** Members of the JSON object of variables. */
  readonly variables: string;
  readonly bytes: Uint8Array;
  /** What the answer said of how long it may be kept. */
  readonly cacheControl: string | undefined;
}

type OpenExchange = Pick<Exchange, "text" | "variables"> & { bytes?: Uint8Array; cacheControl: string | undefined };

/** Follows a run. */
export interface Recorder {
  sent(step: number, text: OperationText, variables: string): void;
  /** `outcome`: where the answer might have been kept. */
  answered(step: number, response: SubgraphResponse, outcome?: FillOutcome): void;
  /** The run cannot be followed: some of what it asked for was kept. */
  spoil(): void;
  /** Undefined when the run cannot be followed: there were errors, or a client that does not give its bytes. */
  trace(result: ExecutionResult): Trace | undefined;
}

export function createRecorder(steps: number): Recorder {
  const exchanges = new Array<OpenExchange | undefined>(steps).fill(undefined);
  let isSpoilt = false;
  return {
    sent(step, text, variables) {
      exchanges[step] = { text, variables, cacheControl: undefined };
    },
    answered(step, { bytes, errors, cacheControl }, outcome) {
      const exchange = exchanges[step];
      // What is kept now need not be asked for the next time; what may be kept then has to be looked at.
      if (outcome !== undefined && (outcome.entries !== undefined || !outcome.isSettled)) isSpoilt = true;
      if (exchange !== undefined) exchange.cacheControl = cacheControl;
      // Copied, since what comes from the network is a part of a larger buffer.
      if (exchange !== undefined && bytes !== undefined && errors === undefined)
        exchange.bytes = Uint8Array.from(bytes);
    },
    spoil() {
      isSpoilt = true;
    },
    trace(result) {
      if (isSpoilt) return undefined;
      if (result.errors.length > 0 || !exchanges.every(isAnswered)) return undefined;
      return { exchanges, result: { ...result, repeatable: true } };
    },
  };
}

/** The answer of a step, parsed once more; it was checked when it came for the first time. */
export function rememberedAnswer({ exchanges }: Trace, step: number): SubgraphResponse {
  const bytes = exchanges[step]?.bytes ?? new Uint8Array();
  return { ...(JSON.parse(Buffer.from(bytes).toString()) as SubgraphResponse), bytes };
}

function isAnswered(exchange: OpenExchange | undefined): exchange is (OpenExchange & Exchange) | undefined {
  return exchange === undefined || exchange.bytes !== undefined;
}
