/** In the parent: tells each worker what another one has invalidated, and that one when all others have applied it. */
import type { SentNotice } from "../sent-notice.ts";
import { type CoherenceChannel, type ParentMessage, readMessage, type WorkerMessage } from "./messages.ts";

export interface CoherenceHub {
  /** It is told once it has asked for that. One that was there before under this id is gone. */
  add(workerId: number, channel: CoherenceChannel): void;
  /** It has ended, and answers nothing any more: nobody waits for it. */
  remove(workerId: number): void;
}

/** How long a worker may take to apply a notice. */
export const answerLimitMs = 5_000;

interface Worker {
  readonly send: (message: ParentMessage) => void;
  readonly stop: () => void;
  hasJoined: boolean;
}

interface Announcement {
  readonly waitsFor: Set<Worker>;
  acknowledgedBy: number;
  removed: number;
  readonly finish: (isComplete: boolean) => void;
}

export function createCoherenceHub({ limitMs = answerLimitMs }: { readonly limitMs?: number } = {}): CoherenceHub {
  const workers = new Map<number, Worker>();
  const open = new Map<number, Announcement>();
  let numbers = 0;

  const announce = (from: Worker, itsNumber: number, notice: SentNotice): void => {
    const others = [...workers.values()].filter((worker) => worker !== from && worker.hasJoined);
    numbers += 1;
    const number = numbers;
    const late = setTimeout(() => announcement.finish(false), limitMs).unref();
    const announcement: Announcement = {
      waitsFor: new Set(others),
      acknowledgedBy: 0,
      removed: 0,
      finish: (isComplete) => {
        clearTimeout(late);
        open.delete(number);
        const { acknowledgedBy, removed } = announcement;
        const acknowledgement = { isComplete, acknowledgedBy, ...(removed > 0 && { removed }) };
        from.send({ coherence: "announced", number: itsNumber, ...acknowledgement });
      },
    };
    open.set(number, announcement);
    for (const worker of others) worker.send({ coherence: "notice", number, notice });
    if (announcement.waitsFor.size === 0) announcement.finish(true);
  };
  const stopWaitingFor = (worker: Worker, announcement: Announcement): void => {
    if (announcement.waitsFor.delete(worker) && announcement.waitsFor.size === 0) announcement.finish(true);
  };
  const acknowledge = (worker: Worker, number: number, removed: number): void => {
    const announcement = open.get(number);
    if (announcement === undefined || !announcement.waitsFor.has(worker)) return;
    announcement.acknowledgedBy += 1;
    announcement.removed += removed;
    stopWaitingFor(worker, announcement);
  };
  const leave = (worker: Worker): void => {
    worker.hasJoined = false;
    for (const announcement of open.values()) stopWaitingFor(worker, announcement);
  };
  const onMessage = (worker: Worker, message: WorkerMessage): void => {
    switch (message.coherence) {
      case "join":
        worker.hasJoined = true;
        worker.send({ coherence: "joined" });
        break;
      case "announce":
        announce(worker, message.number, message.notice);
        break;
      case "told":
        acknowledge(worker, message.number, message.removed);
        break;
      case "leave":
        leave(worker);
    }
  };
  const remove = (workerId: number): void => {
    const worker = workers.get(workerId);
    if (worker === undefined) return;
    workers.delete(workerId);
    worker.stop();
    leave(worker);
  };

  return {
    add(workerId, channel) {
      remove(workerId);
      const worker: Worker = {
        send(message) {
          try {
            channel.send(message);
          } catch {
            // It is about to be removed; until then it is waited for.
          }
        },
        stop: channel.onMessage((received) => {
          const message = readMessage<WorkerMessage>(received);
          if (message !== undefined) onMessage(worker, message);
        }),
        hasJoined: false,
      };
      workers.set(workerId, worker);
      worker.send({ coherence: "hello" });
    },
    remove,
  };
}
