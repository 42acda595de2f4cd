/** What subgraphs say about their own answer (`extensions.products`), merged into the one answer. */

/** Collects during one request; `products` has one entry per product, whichever fetch named it last. */
export class AnswerExtensions {
  readonly #products: Record<string, unknown> = {};

  /** Takes `extensions.products` of one subgraph's response; anything else stays between gateway and subgraph. */
  add(extensions: Readonly<Record<string, unknown>> | undefined): void {
    const products = extensions?.products;
    if (typeof products === "object" && products !== null && !Array.isArray(products)) {
      Object.assign(this.#products, products);
    }
  }

  /** Sorted by name, so that the answer does not depend on which fetch ended first. */
  read(): Readonly<Record<string, unknown>> {
    const names = Object.keys(this.#products).sort();
    if (names.length === 0) return {};
    return { products: Object.fromEntries(names.map((name) => [name, this.#products[name]])) };
  }
}
