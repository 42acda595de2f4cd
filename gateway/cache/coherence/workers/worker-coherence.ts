/** A worker of a parent that relays. It is current as long as it is connected: who cannot reach it cannot announce either. */
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import type { Coherence, CoherenceListener, Notice } from "../coherence.ts";
import { readNotice, writeNotice } from "../sent-notice.ts";
import { answerLimitMs } from "./coherence-hub.ts";
import { type CoherenceChannel, type ParentMessage, readMessage, type WorkerMessage } from "./messages.ts";

export interface WorkerCoherenceOptions {
  /** How long the parent may take for an announcement: longer than it waits for the others. */
  readonly limitMs?: number;
}

/** Current once the parent has answered. Whichever of the two is there first, the other need not be yet. */
export function openWorkerCoherence(
  channel: CoherenceChannel,
  listener: CoherenceListener,
  { limitMs = answerLimitMs + 1_000 }: WorkerCoherenceOptions = {},
): Coherence {
  const open = new Map<number, (acknowledgement: Acknowledgement) => void>();
  let numbers = 0;
  let isCurrent = false;
  let isClosed = false;

  const send = (message: WorkerMessage): void => {
    try {
      channel.send(message);
    } catch {
      end();
    }
  };
  const end = (): void => {
    isCurrent = false;
    for (const resolve of open.values()) resolve({ isComplete: false, acknowledgedBy: 0 });
    open.clear();
  };
  const onMessage = (message: ParentMessage): void => {
    switch (message.coherence) {
      case "hello":
        isCurrent = false;
        send({ coherence: "join" });
        break;
      case "joined":
        listener.onGap();
        isCurrent = true;
        break;
      case "notice": {
        const notice = readNotice(message.notice);
        let removed = 0;
        if (notice === undefined) listener.onGap();
        else removed = listener.onNotice(notice);
        send({ coherence: "told", number: message.number, removed });
        break;
      }
      case "announced":
        open.get(message.number)?.(acknowledgementOf(message));
    }
  };
  const stops = [
    channel.onMessage((received) => {
      const message = readMessage<ParentMessage>(received);
      if (message !== undefined && !isClosed) onMessage(message);
    }),
    channel.onEnd?.(end),
  ];
  send({ coherence: "join" });

  return {
    isCurrent: () => isCurrent,
    mayKeep: () => isCurrent,
    async announce(notice, onTold) {
      const acknowledgement = await tell(notice);
      onTold?.(acknowledgement.isComplete);
      return acknowledgement;
    },
    async close() {
      if (isClosed) return;
      send({ coherence: "leave" });
      isClosed = true;
      end();
      for (const stop of stops) stop?.();
    },
  };

  function tell(notice: Notice): Promise<Acknowledgement> {
    if (isClosed) return Promise.resolve({ isComplete: false, acknowledgedBy: 0 });
    return new Promise((resolve) => {
      numbers += 1;
      const number = numbers;
      const finish = (acknowledgement: Acknowledgement): void => {
        clearTimeout(late);
        open.delete(number);
        resolve(acknowledgement);
      };
      const late = setTimeout(() => finish({ isComplete: false, acknowledgedBy: 0 }), limitMs).unref();
      open.set(number, finish);
      send({ coherence: "announce", number, notice: writeNotice(notice) });
    });
  }
}

function acknowledgementOf({ isComplete, acknowledgedBy, removed }: Acknowledgement): Acknowledgement {
  return { isComplete, acknowledgedBy, ...(removed !== undefined && { removed }) };
}
