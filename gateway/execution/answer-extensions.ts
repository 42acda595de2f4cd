/** What subgraphs say about their own answer (`extensions.products`), merged into the one answer. */

/** Something that was kept, with what its product said of itself then. */
export interface KeptPart {
  readonly about: Readonly<Record<string, unknown>> | undefined;
  /** Milliseconds of the clock of `KeptParts.now`. */
  readonly bornAt: number;
}

export interface KeptParts {
  readonly entries: readonly KeptPart[];
  readonly now: number;
}

/** Collects during one request; `products` has one entry per product. */
export class AnswerExtensions {
  readonly #products: Record<string, unknown> = {};

  /** Takes `extensions.products` of one subgraph's response; anything else stays between gateway and subgraph. */
  add(extensions: Readonly<Record<string, unknown>> | undefined): void {
    const products = extensions?.products;
    if (typeof products === "object" && products !== null && !Array.isArray(products)) {
      Object.assign(this.#products, products);
    }
  }

  /**
   * Sorted by name, so that the answer does not depend on which fetch ended first. Of a product that said something of an
   * answer which is kept and of one that just came, the older counts: an answer is as old as its oldest part.
   */
  read(kept?: KeptParts): Readonly<Record<string, unknown>> {
    const products = kept === undefined ? this.#products : { ...this.#products, ...oldest(kept) };
    const names = Object.keys(products).sort();
    if (names.length === 0) return {};
    return { products: Object.fromEntries(names.map((name) => [name, products[name]])) };
  }
}

/** What products said of the oldest part that is kept of them, with the time since then. */
function oldest({ entries, now }: KeptParts): Readonly<Record<string, unknown>> {
  const bornByProduct = new Map<string, { readonly bornAt: number; readonly mark: unknown }>();
  let last: KeptPart | undefined;
  for (const entry of entries) {
    // Entries of one answer stand behind each other and share what was said of it.
    if (entry.about === undefined || (entry.about === last?.about && entry.bornAt === last.bornAt)) continue;
    last = entry;
    for (const [name, mark] of Object.entries(entry.about)) {
      const known = bornByProduct.get(name);
      if (known === undefined || entry.bornAt < known.bornAt) bornByProduct.set(name, { bornAt: entry.bornAt, mark });
    }
  }
  return Object.fromEntries([...bornByProduct].map(([name, { bornAt, mark }]) => [name, aged(mark, now - bornAt)]));
}

function aged(mark: unknown, ms: number): unknown {
  const seconds = Math.floor(ms / 1_000);
  if (seconds <= 0 || typeof mark !== "object" || mark === null) return mark;
  const { ageSeconds } = mark as { readonly ageSeconds?: unknown };
  return {
    ...mark,
    ...(typeof ageSeconds === "number" && { ageSeconds: ageSeconds + seconds }),
    keptSeconds: seconds,
  };
}
