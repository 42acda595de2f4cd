/** Collects what is to be written: whatever comes within one turn goes together. What waits is bounded. */

export interface Queued {
  readonly bytes: Buffer;
}

const maxWaitingBytes = 16_000_000;
/** More than that is written in several commands. */
const maxAtOnce = 500;

export class WriteQueue<T extends Queued> {
  readonly #write: (items: readonly T[]) => Promise<void>;
  #waiting: T[] = [];
  #bytes = 0;
  #running: Promise<void> | undefined;

  /** `write` must not reject. */
  constructor(write: (items: readonly T[]) => Promise<void>) {
    this.#write = write;
  }

  /** Whether there was room for it. */
  add(item: T): boolean {
    if (this.#bytes + item.bytes.byteLength > maxWaitingBytes) return false;
    this.#bytes += item.bytes.byteLength;
    this.#waiting.push(item);
    this.#running ??= this.#run();
    return true;
  }

  /** Resolves when nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    while (this.#waiting.length > 0) {
      const items = this.#waiting.splice(0, maxAtOnce);
      await this.#write(items);
      for (const { bytes } of items) this.#bytes -= bytes.byteLength;
    }
    this.#running = undefined;
  }
}
