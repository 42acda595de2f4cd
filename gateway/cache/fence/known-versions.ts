/** The version of each product's data that was announced last: an answer from an older one is not kept. */
import type { About } from "../entry.ts";

export interface AnnouncedVersion {
  readonly version: number;
  /** When it was published, in milliseconds since 1970: a product whose storage was made anew counts from one again. */
  readonly at: number;
}

export function laterOf(one: AnnouncedVersion, other: AnnouncedVersion | undefined): AnnouncedVersion {
  if (other === undefined || one.at > other.at) return one;
  return one.at === other.at && one.version > other.version ? one : other;
}

export class KnownVersions {
  readonly #byProduct = new Map<string, AnnouncedVersion>();

  /** In whatever order, and again. */
  announce(product: string, announced: AnnouncedVersion): void {
    this.#byProduct.set(product, laterOf(announced, this.#byProduct.get(product)));
  }

  /** By what products say of themselves (`extensions.products`). */
  isOutdated(about: About | undefined): boolean {
    if (about === undefined || this.#byProduct.size === 0) return false;
    for (const product of Object.keys(about)) {
      const announced = this.#byProduct.get(product);
      if (announced === undefined) continue;
      const { dataVersion } = (about[product] ?? {}) as { readonly dataVersion?: unknown };
      if (typeof dataVersion === "number" && dataVersion < announced.version) return true;
    }
    return false;
  }
}
