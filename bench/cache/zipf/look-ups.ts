/** Asks the gateways and notes what each look-up was answered, and when. */
import { createClient } from "../../peers/client.ts";
import { monotonicMs } from "./monotonic-ms.ts";
import type { Read } from "./oracle.ts";
import { type Operation, printBody, readRevisions } from "./workload.ts";

export interface LookUps {
  /** Rejects when the answer is none. */
  ask(operation: Operation): Promise<Answered>;
  /** All that were answered, by this object. */
  readonly reads: readonly Read[];
  readonly requests: number;
  close(): Promise<void>;
}

interface Answered {
  readonly revisions: readonly number[];
  readonly ms: number;
}

/** So many that nothing waits for a connection. */
const connections = 64;

export function createLookUps(urls: readonly string[]): LookUps {
  const clients = urls.map((url) => createClient(url, connections));
  const reads: Read[] = [];
  let requests = 0;
  return {
    async ask(operation) {
      const body = printBody(operation);
      const startedAt = monotonicMs();
      const answer = await clients[operation.gateway]?.ask(body);
      const endedAt = monotonicMs();
      requests++;
      const revisions = readRevisions(operation, answer?.bytes.toString() ?? "");
      operation.ids.forEach((id, index) => {
        reads.push({ id, revision: revisions[index] ?? Number.NaN, startedAt, endedAt });
      });
      return { revisions, ms: endedAt - startedAt };
    },
    reads,
    get requests() {
      return requests;
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
    },
  };
}
