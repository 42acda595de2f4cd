/** The announcements of one member that are under way. */
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import type { OnTold } from "../coherence.ts";
import { Announcement, type AnnouncementParts } from "./announcement.ts";

export class Announcer {
  readonly #parts: AnnouncementParts;
  readonly #open = new Map<number, Announcement>();
  #numbers = 0;
  #isClosed = false;

  constructor(parts: AnnouncementParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async announce(payload: string, onTold: OnTold): Promise<Acknowledgement> {
    this.#numbers += 1;
    const announcement = new Announcement(this.#numbers, payload, onTold, this.#parts);
    this.#open.set(announcement.number, announcement);
    if (this.#isClosed) announcement.giveUp();
    const isComplete = await announcement.run();
    this.#open.delete(announcement.number);
    const { acknowledgedBy, removed } = announcement;
    return { isComplete, acknowledgedBy, ...(removed > 0 && { removed }) };
  }

  /** The own notice has come back. */
  onEcho(number: number): void {
    this.#open.get(number)?.onEcho();
  }

  onAck(member: string, number: number, removed: number): void {
    this.#open.get(number)?.onAck(member, removed);
  }

  /** What is under way is not complete. */
  close(): void {
    this.#isClosed = true;
    for (const announcement of this.#open.values()) announcement.giveUp();
  }
}
