import type { Clock } from "../clock.ts";
import { eventError } from "../errors.ts";
import type { EventLog, Hold } from "../event-log.ts";

export interface Unruly {
  readonly log: EventLog;
  /** As if the process had ended: nothing that it asks for is answered or done any more, and it hears nothing. */
  die(): void;
}

export interface Unruliness {
  readonly clock: Clock;
  /** 0 to below 1. */
  readonly random: () => number;
  /** Longest time that a call takes. */
  readonly maxDelayMs: number;
  /** Share of calls that reject, one half of them after they have been done; 1: it is cut off, and nothing is done. */
  readonly failing: () => number;
}

/** A log as it looks to a process that is far from it: slow, failing now and then, and with signals that get lost. */
export function unruly(log: EventLog, { clock, random, maxDelayMs, failing }: Unruliness): Unruly {
  let isDead = false;
  const listening = new Set<() => void>();
  const way = async <T>(call: () => Promise<T>): Promise<T> => {
    const fate = random();
    await clock.sleep(random() * maxDelayMs);
    if (isDead) return new Promise(() => undefined);
    const lost = (): Error => eventError("BUS_UNAVAILABLE", "the event bus does not answer");
    if (fate < failing() / 2 || failing() >= 1) throw lost();
    const answer = await call();
    await clock.sleep(random() * maxDelayMs);
    if (isDead) return new Promise(() => undefined);
    if (fate < failing()) throw lost();
    return answer;
  };
  const onTheWay = (hold: Hold): Hold => ({
    place: hold.place,
    move: (to) => way(() => hold.move(to)),
    bury: (letter, to) => way(() => hold.bury(letter, to)),
    renew: () => way(() => hold.renew()),
    release: () => way(() => hold.release()),
  });
  return {
    die() {
      isDead = true;
      for (const end of listening) end();
    },
    log: {
      partitions: (topic) => way(() => log.partitions(topic)),
      append: (at, events) => way(() => log.append(at, events)),
      read: (at, after, limit) => way(() => log.read(at, after, limit)),
      ends: (at) => way(() => log.ends(at)),
      declare: (at, group, from) => way(() => log.declare(at, group, from)),
      settled: (at, group) => way(() => log.settled(at, group)),
      claim: (at, group, member) =>
        way(async () => {
          const hold = await log.claim(at, group, member);
          return hold === undefined ? undefined : onTheWay(hold);
        }),
      trim: (at, keepMs) => way(() => log.trim(at, keepMs)),
      deadLetters: (topic, group) => log.deadLetters(topic, group),
      tell(topic, signal) {
        if (!isDead && random() >= failing()) log.tell(topic, signal);
      },
      listen(topic, heard) {
        const end = log.listen(topic, (signal) => {
          if (random() >= failing()) heard(signal);
        });
        listening.add(end);
        return end;
      },
      close: async () => undefined,
    },
  };
}
