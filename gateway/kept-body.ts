/** The body of an answer that is kept as a whole. What products say of the age of their data in it counts on. */
import { AnswerExtensions, type KeptPart } from "./execution/answer-extensions.ts";

export class KeptBody {
  /** All but the extensions and the last brace. */
  readonly #head: Uint8Array;
  readonly #extensions: Readonly<Record<string, unknown>>;
  readonly #parts: readonly KeptPart[];
  #tail: string;
  #bytes: Uint8Array;
  #second: number;

  /** `head`: as the body begins, `{"data":…`. `parts`: what it was made of. */
  constructor(head: string, extensions: Readonly<Record<string, unknown>>, parts: readonly KeptPart[], now: number) {
    this.#extensions = extensions;
    this.#parts = oldestOfEach(parts);
    this.#tail = printTail(extensions);
    this.#bytes = Buffer.from(head + this.#tail);
    this.#head = this.#bytes.subarray(0, this.#bytes.byteLength - Buffer.byteLength(this.#tail));
    this.#second = Math.floor(now / 1_000);
  }

  /** The very same bytes as long as nothing in them is a second older. */
  at(now: number): Uint8Array {
    const second = Math.floor(now / 1_000);
    if (second === this.#second || this.#parts.length === 0) return this.#bytes;
    this.#second = second;
    const told = new AnswerExtensions().read({ entries: this.#parts, now });
    const tail = printTail({ ...this.#extensions, ...told });
    if (tail === this.#tail) return this.#bytes;
    this.#tail = tail;
    this.#bytes = Buffer.concat([this.#head, Buffer.from(tail)]);
    return this.#bytes;
  }
}

function printTail(extensions: Readonly<Record<string, unknown>>): string {
  return Object.keys(extensions).length === 0 ? "}" : `,"extensions":${JSON.stringify(extensions)}}`;
}

/** Of those who say the same of themselves the oldest; who says nothing is left out. */
function oldestOfEach(parts: readonly KeptPart[]): readonly KeptPart[] {
  const oldest = new Map<KeptPart["about"], KeptPart>();
  for (const { about, bornAt } of parts) {
    if (about === undefined) continue;
    const known = oldest.get(about);
    if (known === undefined || bornAt < known.bornAt) oldest.set(about, { about, bornAt });
  }
  return [...oldest.values()];
}
