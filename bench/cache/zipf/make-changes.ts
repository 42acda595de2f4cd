/**
 * Changes customers as they fall due, one publication of the product after the other; what falls due during one goes into
 * the next. Every fourth publication is ended by an operator instead: its events are held back on their way to the bus until
 * the purge is acknowledged and the gateways have been asked, so that nothing else can have ended what was old.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { ChangeLog } from "./change-log.ts";
import type { LookUps } from "./look-ups.ts";
import type {
  AskedOfGateway,
  AskedOfSource,
  EventsTold,
  GatewayAnswers,
  RowChange,
  SourceAnswers,
} from "./messages.ts";
import { probe, probeOnce } from "./probe.ts";
import type { Process } from "./process.ts";

export type SourceProcess = Process<AskedOfSource, SourceAnswers, EventsTold>;
export type GatewayProcess = Process<AskedOfGateway, GatewayAnswers, EventsTold>;

export interface ChangesOptions {
  readonly source: SourceProcess;
  readonly gateways: readonly GatewayProcess[];
  readonly log: ChangeLog;
  /** Asks for what has changed; undefined: nobody does, and nobody purges. */
  readonly probes: LookUps | undefined;
}

export interface Changes {
  /** The customer's row is another one with the next publication. */
  change(id: string): void;
  /** Resolves when everything that fell due is published, looked after, and handled (or is not for ten seconds). */
  end(): Promise<void>;
}

const operatorEvery = 4;
const handledWithinMs = 10_000;

export function makeChanges({ source, gateways, log, probes }: ChangesOptions): Changes {
  const revisions = new Map<string, number>();
  const due = new Set<string>();
  let publications = 0;
  let running: Promise<void> | undefined;
  let failure: Error | undefined;
  const probing: Promise<void>[] = [];
  const fail = (error: unknown): void => {
    failure ??= error instanceof Error ? error : new Error(String(error));
  };

  async function publishDue(): Promise<void> {
    while (due.size > 0) {
      const changes: readonly RowChange[] = [...due].map((id) => ({ id, revision: (revisions.get(id) ?? 0) + 1 }));
      due.clear();
      for (const { id, revision } of changes) revisions.set(id, revision);
      publications++;
      const isHeld = probes !== undefined && publications % operatorEvery === 0;
      const { version, committedAt } = await source.ask({ kind: "change", changes, isHeld });
      const own = changes.map((change) => look(change, version % 2 === 0 ? "one" : "some"));
      if (!isHeld) {
        log.commit({ changes, version, committedAt, by: "event", purgedAt: undefined });
        probing.push(...own);
        continue;
      }
      const purgedAt = await purge(changes, publications);
      log.commit({ changes, version, committedAt, by: "operator", purgedAt });
      await Promise.all(changes.map((change) => probeOnce(probes, change)));
      await Promise.all(own);
      await source.ask({ kind: "release" });
    }
  }

  async function look(change: RowChange, kind: "one" | "some"): Promise<void> {
    if (probes !== undefined) await probe(probes, change, kind).catch(fail);
  }

  /** When it was acknowledged as complete; undefined where it was not. */
  async function purge(changes: readonly RowChange[], turn: number): Promise<number | undefined> {
    const gateway = gateways[(turn / operatorEvery) % gateways.length];
    const done = await gateway?.ask({ kind: "purge", ids: changes.map(({ id }) => id) });
    return done?.isComplete === true ? done.acknowledgedAt : undefined;
  }

  return {
    change(id) {
      due.add(id);
      running ??= publishDue()
        .catch(fail)
        .finally(() => {
          running = undefined;
        });
    },
    async end() {
      await running;
      await Promise.all(probing);
      if (failure !== undefined) throw failure;
      if (probes === undefined) return;
      for (const end = performance.now() + handledWithinMs; performance.now() < end; await wait(20)) {
        if (log.isHandled) return;
      }
    },
  };
}
