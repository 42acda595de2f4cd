/** How long an answer is waited for, by the server's doing and not by this process's. */

/**
 * The answer, if it is there when `limitMs` are over; rejects with `AnswerLate` otherwise. What has arrived by then and could
 * not be read, because this process was busy or stood still, is there: timers that are due run before what has arrived is
 * read, so one turn of the event loop passes between the two. Otherwise a busy machine takes a quick server for a slow one.
 */
export function answerInTime<T>(answer: Promise<T>, limitMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(new AnswerLate(limitMs))), limitMs);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

export class AnswerLate extends Error {
  constructor(limitMs: number) {
    super(`no answer within ${limitMs} ms`);
    this.name = "AnswerLate";
  }
}
