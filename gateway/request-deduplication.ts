import type { Cancellation } from "#http";
import type { Caller } from "#policies";
import { gatewayError } from "./errors.ts";
import type { Decisions } from "./execution/executor.ts";
import type { PreparedOperation } from "./operation/prepared-operation.ts";
import { callerKey } from "./transport/caller-key.ts";
import { Flights, type MutationFence } from "./transport/flights.ts";

/** What an answer depends on: two requests that agree in all of it get the same answer. */
export interface ShareableRequest {
  /** Of one generation: another generation prepares its own. */
  readonly operation: PreparedOperation;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** One object for equal decisions. */
  readonly decisions: Decisions | undefined;
  /** The client's; those that subgraphs may see count. */
  readonly headers: ReadonlyMap<string, string>;
  /** Its answer comes in parts, for one reader: it is not shared. */
  readonly inParts?: boolean;
  /** Ends this client's request, never those that share its answer. */
  readonly signal: Cancellation;
}

export interface RequestDeduplicationOptions {
  readonly fence: MutationFence;
  propagate(headers: ReadonlyMap<string, string>): ReadonlyMap<string, string>;
  onShared(): void;
}

export interface RequestDeduplication<Answer> {
  /** `answer` is called unless an identical query is being answered. Its signal aborts when all who share it went away. */
  share(request: ShareableRequest, answer: (signal: Cancellation) => Promise<Answer>): Promise<Answer>;
}

/**
 * Answers identical queries that are under way at the same time once; every one of them gets the same answer object.
 * Mutations are never shared, and no query joins one that began before a mutation ended (`flights.ts`).
 */
export function createRequestDeduplication<Answer>(options: RequestDeduplicationOptions): RequestDeduplication<Answer> {
  const { fence, propagate, onShared } = options;
  const flights = new Flights<Answer>({
    fence,
    abandoned: ({ reason }) => gatewayError("REQUEST_ABORTED", "The request was aborted", { cause: reason }),
    onJoin: onShared,
  });
  const numberOf = createNumbering();
  const same = (answer: Answer): Answer => answer;
  return {
    share({ operation, variables, caller, decisions, headers, inParts, signal }, answer) {
      if (operation.type !== "query") return answer(signal).finally(() => fence.mutationEnded());
      if (inParts) return answer(signal);
      const passed = propagate(headers);
      const asker = callerKey(caller);
      const key = {
        asker: passed.size === 0 ? asker : `${asker}\n${JSON.stringify([...passed])}`,
        what: `${JSON.stringify(variables)}\n${numberOf(operation)} ${decisions === undefined ? "" : numberOf(decisions)}`,
      };
      return flights.share(key, signal, answer, same);
    },
  };
}

/** A number for each object, the same one for as long as it lives. */
function createNumbering(): (object: object) => number {
  const numbers = new WeakMap<object, number>();
  let next = 0;
  return (object) => {
    let number = numbers.get(object);
    if (number === undefined) {
      number = next++;
      numbers.set(object, number);
    }
    return number;
  };
}
