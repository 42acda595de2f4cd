/**
 * Deadlines of one length. Each is due after all that were set before it, so they wait in a list, in order, and one timer
 * stands for the first: setting and clearing a deadline costs a few assignments instead of a timer.
 */

/** What waits: its owner makes it part of its own object. The list owns the three fields. */
export interface Deadline {
  /** Called once, at its time, unless it was removed before. */
  expire(): void;
  /** Undefined while it is in no list. */
  dueAt: number | undefined;
  previous: Deadline | undefined;
  next: Deadline | undefined;
}

/** Guarantees that a deadline expires `afterMs` after it was added, and keeps the process alive until then. */
export class Deadlines {
  readonly #afterMs: number;
  #first: Deadline | undefined;
  #last: Deadline | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number) {
    this.#afterMs = afterMs;
  }

  add(deadline: Deadline): void {
    deadline.dueAt = performance.now() + this.#afterMs;
    deadline.previous = this.#last;
    if (this.#last !== undefined) this.#last.next = deadline;
    else {
      this.#first = deadline;
      if (this.#timer === undefined) this.#startTimer(this.#afterMs);
      else this.#timer.ref();
    }
    this.#last = deadline;
  }

  /** Does nothing for a deadline that is not waiting. A timer that was set for it goes off for nothing. */
  remove(deadline: Deadline): void {
    if (deadline.dueAt === undefined) return;
    const { previous, next } = deadline;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    deadline.dueAt = undefined;
    deadline.previous = undefined;
    deadline.next = undefined;
    if (this.#first === undefined) this.#timer?.unref();
  }

  /** Stops the timer; nothing may be waiting. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #startTimer(inMs: number): void {
    this.#timer = setTimeout(() => this.#expireDue(), inMs);
  }

  #expireDue(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (let due = this.#first; due?.dueAt !== undefined && due.dueAt <= now; due = this.#first) {
      this.remove(due);
      due.expire();
    }
    // What expired may have led to a new deadline, which then set the timer.
    const inMs = (this.#first?.dueAt ?? now) - now;
    if (this.#first !== undefined && this.#timer === undefined) this.#startTimer(Math.ceil(inMs));
  }
}
