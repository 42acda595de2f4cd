/** What a run asked and was answered, kept so that it can be followed again (`replay.ts`). */
import type { Entry, FillOutcome, StepLookup } from "../../cache/index.ts";
import type { SubgraphResponse } from "../../transport/subgraph-client.ts";
import type { ExecutionResult } from "../executor.ts";
import type { OperationText } from "./request-text.ts";

export interface Trace {
  /** By step; undefined where there was nothing to ask. */
  readonly exchanges: readonly (Exchange | undefined)[];
  readonly result: ExecutionResult;
  /** What was used of what is kept; undefined when nothing was. */
  readonly kept: TracedEntries | undefined;
}

type Exchange = AskedExchange | KeptExchange;

/** One request and the bytes that answered it. */
interface AskedExchange {
  readonly kind: "asked";
  readonly text: OperationText;
  /** Members of the JSON object of variables. */
  readonly variables: string;
  readonly bytes: Uint8Array;
  /** What the answer said of how long it may be kept, and of its product. */
  readonly cacheControl: string | undefined;
  readonly extensions: SubgraphResponse["extensions"];
}

/** All that a request would have asked for was kept. */
export interface KeptExchange {
  readonly kind: "kept";
  /** What the keys began with: whoever has other ones finds something else. */
  readonly prefixes: readonly string[];
  readonly entries: readonly Entry[];
}

interface TracedEntries {
  readonly entries: readonly Entry[];
  readonly countBySubgraph: ReadonlyMap<string, number>;
}

type OpenExchange = (Omit<AskedExchange, "bytes"> & { readonly bytes?: Uint8Array }) | KeptExchange;

/** Follows a run. */
export interface Recorder {
  sent(step: number, text: OperationText, variables: string): void;
  /** `outcome`: where the answer might have been kept, and by whom. */
  answered(step: number, response: SubgraphResponse, outcome?: FillOutcome, lookup?: StepLookup): void;
  /** Nothing had to be asked: these are the entries of all representations, in order. */
  kept(step: number, lookup: StepLookup, entries: readonly Entry[]): void;
  /** The run cannot be followed: some of what a request asks for was kept, and some was not. */
  spoil(): void;
  /** Undefined when the run cannot be followed: there were errors, or a client that does not give its bytes. */
  trace(result: ExecutionResult): Trace | undefined;
}

export function createRecorder(steps: number): Recorder {
  const exchanges = new Array<OpenExchange | undefined>(steps).fill(undefined);
  let isSpoilt = false;
  const keep = (step: number, lookup: StepLookup, entries: readonly Entry[]): void => {
    exchanges[step] = { kind: "kept", prefixes: lookup.prefixes, entries };
  };
  return {
    sent(step, text, variables) {
      exchanges[step] = { kind: "asked", text, variables, cacheControl: undefined, extensions: undefined };
    },
    answered(step, { bytes, errors, cacheControl, extensions }, outcome, lookup) {
      if (outcome?.entries !== undefined && lookup !== undefined) {
        keep(step, lookup, outcome.entries);
        // In shadow mode nothing of it is served: it is asked for each time, to be compared.
        if (outcome.entries.some(({ shelf }) => shelf.mode !== "on")) isSpoilt = true;
        return;
      }
      // What may be kept the next time has to be looked at then.
      if (outcome?.isSettled === false) isSpoilt = true;
      const exchange = exchanges[step];
      if (exchange?.kind !== "asked" || bytes === undefined || errors !== undefined) return;
      // Copied, since what comes from the network is a part of a larger buffer.
      exchanges[step] = { ...exchange, bytes: Uint8Array.from(bytes), cacheControl, extensions };
    },
    kept: keep,
    spoil() {
      isSpoilt = true;
    },
    trace(result) {
      if (isSpoilt || result.errors.length > 0 || !exchanges.every(isAnswered)) return undefined;
      const kept = tracedEntries(exchanges);
      // With something kept, what is told of its age is told anew each time.
      return { exchanges, result: kept === undefined ? { ...result, repeatable: true } : result, kept };
    },
  };
}

/** The answer of a step, parsed once more; it was checked when it came for the first time. */
export function rememberedAnswer({ exchanges }: Trace, step: number): SubgraphResponse {
  const exchange = exchanges[step];
  if (exchange?.kind !== "asked") throw new Error("The step was not asked.");
  const { bytes, cacheControl } = exchange;
  return { ...(JSON.parse(Buffer.from(bytes).toString()) as SubgraphResponse), bytes, cacheControl };
}

function isAnswered(exchange: OpenExchange | undefined): exchange is Exchange | undefined {
  return exchange?.kind !== "asked" || exchange.bytes !== undefined;
}

function tracedEntries(exchanges: readonly (OpenExchange | undefined)[]): TracedEntries | undefined {
  const entries = exchanges.flatMap((exchange) => (exchange?.kind === "kept" ? exchange.entries : []));
  if (entries.length === 0) return undefined;
  const countBySubgraph = new Map<string, number>();
  for (const { shelf } of entries) countBySubgraph.set(shelf.subgraph, (countBySubgraph.get(shelf.subgraph) ?? 0) + 1);
  return { entries, countBySubgraph };
}
