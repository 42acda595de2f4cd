import type { BusLogger } from "../bus-options.ts";
import type { Clock } from "../clock.ts";

const everyMs = 1_000;

/** Warnings, at most one a second of each text; those that are left out are counted in the next one. */
export class Complaints {
  readonly #logger: BusLogger;
  readonly #clock: Clock;
  readonly #said = new Map<string, { at: number; unsaid: number }>();

  constructor(logger: BusLogger, clock: Clock) {
    this.#logger = logger;
    this.#clock = clock;
  }

  warn(fields: Readonly<Record<string, unknown>>, message: string): void {
    const now = this.#clock.now();
    const last = this.#said.get(message);
    if (last !== undefined && now - last.at < everyMs) {
      last.unsaid += 1;
      return;
    }
    this.#said.set(message, { at: now, unsaid: 0 });
    const more = last?.unsaid ?? 0;
    this.#logger.warn(more > 0 ? { ...fields, more } : fields, message);
  }
}
