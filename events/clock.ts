/** Time as the bus knows it; tests bring their own. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** The time of day. */
  date(): Date;
  /** Resolves after `ms`, or as soon as one of the signals is aborted. Never rejects. */
  sleep(ms: number, ...until: readonly AbortSignal[]): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => new Date(),
  sleep: (ms, ...until) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        for (const signal of until) signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      for (const signal of until) {
        if (signal.aborted) return end();
        signal.addEventListener("abort", end);
      }
    }),
};
