/** Reads the source again and again: for products that run elsewhere and change without telling. */
export interface Polling {
  stop(): void;
}

/**
 * Calls `reload` every `intervalMs`, counted from the end of the last one, so that slow reloads do not queue up. The timer
 * keeps no process alive. `reload` must not reject.
 */
export function startPolling(reload: () => Promise<unknown>, intervalMs: number): Polling {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const next = (): void => {
    if (stopped) return;
    timer = setTimeout(() => void reload().then(next), intervalMs).unref();
  };
  next();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
