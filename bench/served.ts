/**
 * What the bench and the servers that it starts say to each other over the process channel. A server counts its own CPU
 * time, so nothing that the load costs is in it.
 */

/** Told once, when the server listens. */
export interface Listening {
  readonly kind: "listening";
  readonly url: string;
  /** The composed graph, from servers that have one. */
  readonly supergraphSdl: string | undefined;
}

export interface Usage {
  readonly kind: "usage";
  /** User and system, all threads, since the process began. */
  readonly cpuMs: number;
  readonly residentMb: number;
  /** The most that was resident at any time since the process began. */
  readonly peakMb: number;
}

/** What one request made the mesh do, by product. */
export interface WorkDone {
  readonly kind: "work";
  readonly requests: Readonly<Record<string, number>>;
  readonly statements: Readonly<Record<string, number>>;
}

export type Told = Listening | Usage | WorkDone;

export type Asked =
  | { readonly kind: "usage" }
  | { readonly kind: "work"; readonly query: string; readonly variables: Readonly<Record<string, unknown>> }
  | { readonly kind: "answer-with"; readonly body: string; readonly headers: Readonly<Record<string, string>> }
  | { readonly kind: "stop" };

/** The server's side: answers what is asked until it is told to stop or its parent is gone. */
export function serveBench(answer: (asked: Asked) => Promise<WorkDone | undefined>, close: () => Promise<void>): void {
  let closing = false;
  const stop = async (): Promise<void> => {
    if (closing) return;
    closing = true;
    await close();
    process.exit();
  };
  process.on("disconnect", () => void stop());
  // Only bench/server.ts writes to this channel.
  process.on("message", (message) => void receive(message as Asked));

  async function receive(asked: Asked): Promise<void> {
    if (asked.kind === "stop") return stop();
    const told = asked.kind === "usage" ? usage() : await answer(asked);
    if (told !== undefined) tell(told);
  }
}

export function tell(told: Told): void {
  process.send?.(told);
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return {
    kind: "usage",
    cpuMs: (user + system) / 1_000,
    residentMb: process.memoryUsage.rss() / 2 ** 20,
    peakMb: process.resourceUsage().maxRSS / 1_024,
  };
}
