import type { Cluster } from "ioredis";

/**
 * Begins to connect anew when that has not come to an end in `limitMs`. A cluster's client that is connecting while it still
 * waits for the slots that it asked for on its last connection asks nobody, and is never told: it would not come back.
 */
export function reconnectInTime(cluster: Cluster, limitMs: number): void {
  let timer: NodeJS.Timeout | undefined;
  cluster.on("connecting", () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (cluster.status === "connecting") cluster.disconnect(true);
    }, limitMs).unref();
  });
}
