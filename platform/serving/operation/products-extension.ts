import type { Snapshot } from "../../storage/port.ts";
import type { ServedProduct } from "../model/served-table.ts";

/** `extensions.products[name]`: which version of the product and of its data answered; undefined when nothing was read. */
export function productsExtension(
  product: ServedProduct,
  snapshot: Snapshot | undefined,
  now: Date,
): Readonly<Record<string, unknown>> | undefined {
  if (snapshot === undefined) return undefined;
  const ageMs = now.getTime() - snapshot.publishedAt.getTime();
  return {
    products: {
      [product.name]: {
        version: product.version,
        dataVersion: snapshot.version,
        publishedAt: snapshot.publishedAt.toISOString(),
        // Only where it tells more: that since then the inputs were looked at and had nothing newer.
        ...(snapshot.checkedAt > snapshot.publishedAt ? { checkedAt: snapshot.checkedAt.toISOString() } : {}),
        // Clocks of two machines may differ by a little; an age is never negative.
        ageSeconds: Math.max(0, Math.floor(ageMs / 1_000)),
      },
    },
  };
}
