import type { LaterPayload } from "../executor.ts";

/** Payloads on their way from a run to whoever sends them: what is not read is kept, who reads waits for the next one. */
export class PayloadQueue implements AsyncIterable<LaterPayload> {
  readonly #payloads: LaterPayload[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  push(payload: LaterPayload): void {
    this.#payloads.push(payload);
    this.#wake?.();
  }

  /** Nothing more comes: who reads is done after the payloads that are there. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LaterPayload, void, undefined> {
    for (;;) {
      const payload = this.#payloads.shift();
      if (payload !== undefined) yield payload;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
