/**
 * Notices of one tick are one announcement; one that names more than a message should is several.
 *
 * Several messages, rather than one that says "everything": each is acknowledged by itself, so nobody has to put anything
 * together, and nobody drops more than was invalidated. Only beyond `maxMessages` is it everything: so much at once would
 * fill the buffers that Redis keeps for each who listens, and who is cut off for that has a gap anyway.
 */
import { type AnnouncedVersion, laterOf } from "../../fence/known-versions.ts";
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import type { Subject } from "../../subjects/subjects-of.ts";
import type { Notice, OnTold } from "../coherence.ts";
import { everything } from "./messages.ts";

type Message = Notice | typeof everything;
type Send = (message: Message, onTold: OnTold) => Promise<Acknowledgement>;

const maxNames = 1_000;
const maxMessages = 20;

export class NoticeBatch {
  readonly #send: Send;
  #scopes = new Set<string>();
  #versions = new Map<string, AnnouncedVersion>();
  #forgotten: Subject[] = [];
  #onTold: OnTold[] = [];
  #sent: Promise<Acknowledgement> | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Resolves when all of the tick has been sent, and acknowledged or not. */
  add({ scopes, versions, forgotten = [] }: Notice, onTold?: OnTold): Promise<Acknowledgement> {
    if (onTold !== undefined) this.#onTold.push(onTold);
    for (const scope of scopes) this.#scopes.add(scope);
    for (const [product, announced] of versions) {
      this.#versions.set(product, laterOf(announced, this.#versions.get(product)));
    }
    this.#forgotten.push(...forgotten);
    this.#sent ??= Promise.resolve().then(() => this.#flush());
    return this.#sent;
  }

  async #flush(): Promise<Acknowledgement> {
    const messages = split([...this.#scopes], this.#versions, this.#forgotten);
    this.#scopes = new Set();
    this.#versions = new Map();
    this.#forgotten = [];
    this.#sent = undefined;
    const waiting = this.#onTold;
    this.#onTold = [];
    let waitsFor = messages.length;
    let areTold = true;
    const onTold = (isTold: boolean): void => {
      waitsFor -= 1;
      areTold &&= isTold;
      if (waitsFor === 0) for (const tell of waiting) tell(areTold);
    };
    const acknowledgements = await Promise.all(messages.map((message) => this.#send(message, onTold)));
    const removed = acknowledgements.reduce((sum, acknowledgement) => sum + (acknowledgement.removed ?? 0), 0);
    return {
      isComplete: acknowledgements.every(({ isComplete }) => isComplete),
      acknowledgedBy: Math.min(...acknowledgements.map(({ acknowledgedBy }) => acknowledgedBy)),
      ...(removed > 0 && { removed }),
    };
  }
}

function split(
  scopes: readonly string[],
  versions: Notice["versions"],
  forgotten: readonly Subject[],
): readonly Message[] {
  if (scopes.length > maxNames * maxMessages) return [everything, ...split([], versions, forgotten)];
  const messages: Notice[] = [];
  for (let first = 0; first === 0 || first < Math.max(scopes.length, forgotten.length); first += maxNames) {
    const subjects = forgotten.slice(first, first + maxNames);
    messages.push({
      scopes: scopes.slice(first, first + maxNames),
      versions: first === 0 ? versions : new Map(),
      ...(subjects.length === 0 ? {} : { forgotten: subjects }),
    });
  }
  return messages;
}
