/**
 * What an answer depends on besides the data: the operation and its variables, what the policies decided for it and the
 * keys that it is masked with, how its parts differ by caller, and what subgraphs see of the client's headers. Callers who
 * agree in all of that get the same answer, and share it; no others do.
 *
 * How parts differ by caller is learnt from answers: a shelf that an answer was made from names its variation. Until an
 * operation was answered nothing is found for it; afterwards two callers who agree in the variations known so far have, by
 * induction over the requests of the run, found the same entries up to the first shelf with a variation that is not known
 * yet, and an answer that was kept before it was known did not use it.
 */
import type { Caller } from "#policies";
import type { Authorisation } from "../../governance-port.ts";
import type { PreparedOperation } from "../../operation/prepared-operation.ts";
import { callerKey } from "../../transport/caller-key.ts";
import type { Shelf } from "../shelf/shelf.ts";
import type { RunKept } from "../step/run-kept.ts";

/** What an answer is asked for with. */
export interface AskedResponse {
  readonly operation: PreparedOperation;
  /** Checked ones. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  readonly authorisation: Authorisation;
  /** Of the keys that values are masked with. */
  readonly keyGeneration: number;
  /** Those that subgraphs see. */
  readonly headers: ReadonlyMap<string, string>;
}

/** What has been learnt of an operation. */
interface Habit {
  /** Shelves whose entries differ by caller, by id. */
  readonly varying: Map<string, NonNullable<Shelf["variation"]>>;
  /** Some part is one caller's alone. */
  isPrivate: boolean;
  readonly number: number;
  readonly variables: readonly string[];
}

export class ResponseKeys {
  readonly #habits = new WeakMap<PreparedOperation, Habit>();
  readonly #decisions = new WeakMap<Authorisation, string>();
  readonly #nextNumber: () => number;

  /** `nextNumber`: never gives a number twice. */
  constructor(nextNumber: () => number) {
    this.#nextNumber = nextNumber;
  }

  /** Undefined for an operation that was not answered yet. */
  keyOf(asked: AskedResponse): string | undefined {
    const habit = this.#habits.get(asked.operation);
    return habit && this.#print(habit, asked);
  }

  /** After an answer was made from `kept`. */
  learn(asked: AskedResponse, kept: RunKept): string {
    let habit = this.#habits.get(asked.operation);
    if (habit === undefined) {
      const { variableDefinitions = [] } = asked.operation.definition;
      const variables = variableDefinitions.map(({ variable }) => variable.name.value);
      habit = { varying: new Map(), isPrivate: false, number: this.#nextNumber(), variables };
      this.#habits.set(asked.operation, habit);
    }
    for (const { shelf, isPrivate } of kept.entries) {
      if (shelf.variation !== undefined) habit.varying.set(shelf.id, shelf.variation);
      if (isPrivate) habit.isPrivate = true;
    }
    return this.#print(habit, asked);
  }

  /** Hot: once per request. */
  #print(habit: Habit, { variables, caller, authorisation, keyGeneration, headers }: AskedResponse): string {
    const isPlain = habit.variables.length === 0 && habit.varying.size === 0 && !habit.isPrivate && headers.size === 0;
    if (isPlain && authorisation.kind !== "restricted" && authorisation.obligations === undefined) {
      return String(habit.number);
    }
    const given = habit.variables.map((name) => (Object.hasOwn(variables, name) ? [variables[name]] : []));
    const varying = [...habit.varying].map(([id, variation]) => [id, variation(caller).name]);
    const asker = habit.isPrivate ? callerKey(caller) : "";
    const decided = [this.#decisionsOf(authorisation), authorisation.kind === "restricted" ? keyGeneration : 0];
    return `${habit.number} ${JSON.stringify([given, decided, varying, asker, headers.size === 0 ? [] : [...headers]])}`;
  }

  /** Equal for what decides alike and obliges to the same. */
  #decisionsOf(authorisation: Authorisation): string {
    let text = this.#decisions.get(authorisation);
    if (text === undefined) {
      const decisions = authorisation.kind === "restricted" ? [...authorisation.decisions] : [];
      const isPlain = decisions.length === 0 && authorisation.obligations === undefined;
      text = isPlain ? "" : JSON.stringify([decisions, authorisation.obligations ?? []]);
      this.#decisions.set(authorisation, text);
    }
    return text;
  }
}
