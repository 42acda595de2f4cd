/**
 * Notices of one tick are one announcement; one of more scopes than a message should have is several.
 *
 * Several messages, rather than one that says "everything": each is acknowledged by itself, so nobody has to put anything
 * together, and nobody drops more than was invalidated. Only beyond `maxMessages` is it everything: so much at once would
 * fill the buffers that Redis keeps for each who listens, and who is cut off for that has a gap anyway.
 */
import { type AnnouncedVersion, laterOf } from "../../fence/known-versions.ts";
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import type { Notice } from "../coherence.ts";
import { everything } from "./messages.ts";

const maxScopes = 1_000;
const maxMessages = 20;

export class NoticeBatch {
  readonly #send: (what: Notice | typeof everything) => Promise<Acknowledgement>;
  #scopes = new Set<string>();
  #versions = new Map<string, AnnouncedVersion>();
  #sent: Promise<Acknowledgement> | undefined;

  constructor(send: (what: Notice | typeof everything) => Promise<Acknowledgement>) {
    this.#send = send;
  }

  add({ scopes, versions }: Notice): Promise<Acknowledgement> {
    for (const scope of scopes) this.#scopes.add(scope);
    for (const [product, announced] of versions) {
      this.#versions.set(product, laterOf(announced, this.#versions.get(product)));
    }
    this.#sent ??= Promise.resolve().then(() => this.#flush());
    return this.#sent;
  }

  async #flush(): Promise<Acknowledgement> {
    const scopes = [...this.#scopes];
    const versions = this.#versions;
    this.#scopes = new Set();
    this.#versions = new Map();
    this.#sent = undefined;
    const acknowledgements = await Promise.all(split(scopes, versions).map(this.#send));
    return {
      isComplete: acknowledgements.every(({ isComplete }) => isComplete),
      acknowledgedBy: Math.min(...acknowledgements.map(({ acknowledgedBy }) => acknowledgedBy)),
    };
  }
}

/** Versions are in the first, or in one of their own. */
function split(scopes: readonly string[], versions: Notice["versions"]): readonly (Notice | typeof everything)[] {
  const parts: Notice[] = [{ scopes: scopes.slice(0, maxScopes), versions }];
  for (let first = maxScopes; first < scopes.length; first += maxScopes) {
    parts.push({ scopes: scopes.slice(first, first + maxScopes), versions: new Map() });
  }
  return parts.length > maxMessages ? [everything, { scopes: [], versions }] : parts;
}
