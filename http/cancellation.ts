/**
 * When an answer is no longer wanted: by the client of a request, or by whoever asks a subgraph. Every request has one and
 * so has every wrapper of a client; an `AbortController` and a listener for each would cost more than the wrappers do.
 */

/** An `AbortSignal` is one; `Cancel` is one at a tenth of its cost. */
export interface Cancellation {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: CancelListener): void;
  removeEventListener(type: "abort", listener: CancelListener): void;
}

export interface CancelListener {
  handleEvent(): void;
}

/** A cancellation that its owner triggers. Like an `AbortSignal`'s, listeners that come too late are never called. */
export class Cancel implements Cancellation {
  aborted = false;
  reason: unknown = undefined;
  /** There hardly ever is a second one. */
  #first: CancelListener | undefined = undefined;
  #others: CancelListener[] | undefined = undefined;

  /** Tells every listener once; later calls do nothing. */
  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    const [first, others] = [this.#first, this.#others];
    this.#first = undefined;
    this.#others = undefined;
    first?.handleEvent();
    for (const other of others ?? []) other.handleEvent();
  }

  addEventListener(_type: "abort", listener: CancelListener): void {
    if (this.aborted) return;
    if (this.#first === undefined) this.#first = listener;
    else if (this.#others === undefined) this.#others = [listener];
    else this.#others.push(listener);
  }

  removeEventListener(_type: "abort", listener: CancelListener): void {
    if (this.#first === listener) {
      this.#first = undefined;
      return;
    }
    const index = this.#others?.indexOf(listener) ?? -1;
    if (index >= 0) this.#others?.splice(index, 1);
  }
}

/** For code that knows only `AbortSignal`. */
export function toAbortSignal(cancellation: Cancellation): AbortSignal {
  if (cancellation instanceof AbortSignal) return cancellation;
  const controller = new AbortController();
  const abort = (): void => controller.abort(cancellation.reason);
  if (cancellation.aborted) abort();
  else cancellation.addEventListener("abort", { handleEvent: abort });
  return controller.signal;
}
