/** The newest version of each product's data that was announced: an answer from an older one is not kept. */
import type { About } from "../entry.ts";

export class KnownVersions {
  readonly #byProduct = new Map<string, number>();

  announce(product: string, version: number): void {
    if (version > (this.#byProduct.get(product) ?? 0)) this.#byProduct.set(product, version);
  }

  /** By what products say of themselves (`extensions.products`). */
  isOutdated(about: About | undefined): boolean {
    if (about === undefined || this.#byProduct.size === 0) return false;
    for (const product of Object.keys(about)) {
      const announced = this.#byProduct.get(product);
      if (announced === undefined) continue;
      const { dataVersion } = (about[product] ?? {}) as { readonly dataVersion?: unknown };
      if (typeof dataVersion === "number" && dataVersion < announced) return true;
    }
    return false;
  }
}
