/**
 * Starts something and keeps it running until it is told to stop: the first SIGINT or SIGTERM closes it and lets requests
 * in flight finish, a second one ends the process at once. A signal while it starts counts too: it is closed once it is up.
 *
 * @param start gives the function that closes what it started. It may call `fail` at any time: what it started is closed
 * then, and the error thrown.
 */
export async function runUntilStopped(
  start: (fail: (error: Error) => void) => Promise<() => Promise<void>>,
): Promise<void> {
  const stopped = Promise.withResolvers<void>();
  // A start that fails after a signal is told by `starting` alone.
  stopped.promise.catch(() => undefined);
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(130);
    stopping = true;
    console.error(`\n${signal}: finishing requests in flight (again to end at once) …`);
    starting.then((close) => close()).then(stopped.resolve, stopped.reject);
  };
  // Before anything is started: whoever sees an address printed may send a signal at once.
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) process.on(signal, stop);
  const starting = start((error) => {
    if (stopping) return;
    stopping = true;
    const end = (): void => stopped.reject(error);
    starting.then((close) => close()).then(end, end);
  });
  try {
    await starting;
    await stopped.promise;
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
  // Handles that something left open must not keep a stopped command alive.
  setTimeout(() => process.exit(), 2_000).unref();
}
