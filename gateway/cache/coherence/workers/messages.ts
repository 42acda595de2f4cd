/**
 * What a worker and its parent say to each other. All of it is plain data, and may share its channel with other messages.
 *
 *   worker                                parent
 *     │ ◀───────────── hello ────────────── │  it was added; what was said before was not heard
 *     │ ────────────── join ──────────────▶ │  is told of everything from here on
 *     │ ◀───────────── joined ───────────── │
 *     │ ─────── announce 1, notice ───────▶ │ ──── notice 7 ────▶ each other that has joined
 *     │                                     │ ◀───── told 7 ───── when it has applied it
 *     │ ◀──────── announced 1 ───────────── │
 *     │ ────────────── leave ─────────────▶ │
 */
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import type { SentNotice } from "../sent-notice.ts";

/** One end of what connects the two. Messages arrive in order, or not at all. */
export interface CoherenceChannel {
  /** May throw when the other side is gone. */
  send(message: unknown): void;
  /** Until the returned function is called. */
  onMessage(listener: (message: unknown) => void): () => void;
  /** In the worker: the parent is gone. May be left out where the worker ends with it. */
  onEnd?(listener: () => void): () => void;
}

export type WorkerMessage =
  | { readonly coherence: "join" }
  | { readonly coherence: "announce"; readonly number: number; readonly notice: SentNotice }
  | { readonly coherence: "told"; readonly number: number; readonly removed: number }
  | { readonly coherence: "leave" };

export type ParentMessage =
  | { readonly coherence: "hello" }
  | { readonly coherence: "joined" }
  | { readonly coherence: "notice"; readonly number: number; readonly notice: SentNotice }
  | ({ readonly coherence: "announced"; readonly number: number } & Acknowledgement);

/** Undefined for a message of somebody else. Who writes `coherence` is this program, on the other side. */
export function readMessage<M extends WorkerMessage | ParentMessage>(message: unknown): M | undefined {
  const isOurs = typeof message === "object" && message !== null && "coherence" in message;
  return isOurs ? (message as M) : undefined;
}
