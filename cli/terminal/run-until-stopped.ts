/**
 * Keeps a command running until it is told to stop: the first SIGINT or SIGTERM closes everything and lets requests in
 * flight finish, a second one ends the process at once.
 */
export async function runUntilStopped(close: () => Promise<void>): Promise<void> {
  const signals = ["SIGINT", "SIGTERM"] as const;
  await new Promise<void>((resolve, reject) => {
    let stopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (stopping) process.exit(130);
      stopping = true;
      console.error(`\n${signal}: finishing requests in flight (again to end at once) …`);
      close().then(resolve, reject);
    };
    for (const signal of signals) process.on(signal, stop);
  });
  // Handles that something left open must not keep a stopped command alive.
  setTimeout(() => process.exit(), 2_000).unref();
}
