/**
 * Asks both gateways for what has just changed, at short intervals, until each answers the change; then a few times more,
 * since what was old must not come back. Hot customers are asked for often enough by the load itself; most are not.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { LookUps } from "./look-ups.ts";
import type { RowChange } from "./messages.ts";
import type { Operation } from "./workload.ts";

const pauseMs = 2;
const limitMs = 3_000;
/** After the first answer that has the change. */
const laterMs = [20, 40, 90, 150] as const;

/** `kind`: how it is asked for; gateways keep the two apart. Gives up after three seconds: the reads tell. */
export async function probe(lookUps: LookUps, change: RowChange, kind: Operation["kind"]): Promise<void> {
  await onBoth(async (gateway) => {
    const end = performance.now() + limitMs;
    while (!(await isNew(lookUps, change, kind, gateway)) && performance.now() < end) await wait(pauseMs);
    for (const ms of laterMs) {
      await wait(ms);
      await isNew(lookUps, change, kind, gateway);
    }
  });
}

/** Once, in both ways. */
export async function probeOnce(lookUps: LookUps, change: RowChange): Promise<void> {
  for (const kind of ["one", "some"] as const) await onBoth((gateway) => isNew(lookUps, change, kind, gateway));
}

async function isNew(
  lookUps: LookUps,
  { id, revision }: RowChange,
  kind: Operation["kind"],
  gateway: number,
): Promise<boolean> {
  const { revisions } = await lookUps.ask({ kind, ids: [id], gateway });
  return (revisions[0] ?? 0) >= revision;
}

async function onBoth(ask: (gateway: number) => Promise<unknown>): Promise<void> {
  await Promise.all([0, 1].map(ask));
}
