/**
 * What products tell of their data → what is no longer true here.
 *
 *   bus ─ events of several rows and products ─▶ one invalidation ─▶ handled, once nobody can read anything old
 *
 * Late, doubled and reordered events do no harm: each only says that something is to be fetched anew.
 */
import { changesTopic, type EventBus, type MeshEvent, readProductChange, type Subscription } from "#events";
import { type AnnouncedVersion, laterOf } from "../fence/known-versions.ts";
import type { Invalidated } from "./invalidated.ts";
import type { InvalidationOrder } from "./invalidator.ts";

export interface FollowOptions {
  /**
   * Those who share a group share the work: only for gateways that tell each other what they have invalidated. Without one
   * this process hears of everything.
   */
  readonly group: string | undefined;
  /** Resolves when what is no longer true can be read nowhere; rejects to get the events again. */
  invalidate(order: InvalidationOrder): Promise<void>;
}

export function followChanges(bus: Pick<EventBus, "subscribe">, { group, invalidate }: FollowOptions): Subscription {
  const productVersions = new Map<string, string>();
  const lost = (): void => void invalidate({ cause: "event", what: [{ kind: "all" }] }).catch(() => undefined);
  return bus.subscribe({ topic: changesTopic, group, from: "latest", maxBatch: 500, onLost: lost }, async (events) => {
    const known = new Map(productVersions);
    const order = orderOf(events, known);
    if (order !== undefined) await invalidate(order);
    // Not before: what could not be ended is handed over again, and is as new then.
    for (const [product, version] of known) productVersions.set(product, version);
  });
}

/**
 * Undefined when nothing in it concerns what is kept. `productVersions`: those of the products, as far as they were heard
 * of here; a product in another version may answer otherwise from the same rows. Of what was heard of by nobody here, or by
 * another gateway of the group, the graph knows it.
 */
function orderOf(events: readonly MeshEvent[], productVersions: Map<string, string>): InvalidationOrder | undefined {
  const what: Invalidated[] = [];
  const versions = new Map<string, AnnouncedVersion>();
  const rows = new Set<string>();
  for (const event of events) {
    const change = readProductChange(event);
    if (change === undefined) continue;
    const { product, version } = change;
    // Rows may come without what tells that they were published: what they tell is published then as well.
    versions.set(product, laterOf({ version, at: timeOf(event) }, versions.get(product)));
    if (change.kind === "published") {
      const before = productVersions.get(product);
      productVersions.set(product, change.productVersion);
      if (before === undefined) what.push({ kind: "otherVersions", product, productVersion: change.productVersion });
      else if (before !== change.productVersion) what.push({ kind: "product", product });
    } else if (change.key !== undefined) what.push({ kind: "entity", type: change.entity, key: change.key, product });
    else {
      const name = `${product}\n${change.entity}`;
      if (!rows.has(name)) what.push({ kind: "rows", type: change.entity, product });
      rows.add(name);
    }
  }
  return what.length === 0 && versions.size === 0 ? undefined : { cause: "event", what, versions };
}

/** A leap second (RFC 3339, 5.6) is the one after it: `Date` has none. */
function timeOf({ time }: MeshEvent): number {
  const secondsAt = "2026-01-31T12:00".length;
  if (!time.startsWith(":60", secondsAt)) return Date.parse(time);
  return Date.parse(`${time.slice(0, secondsAt)}:59${time.slice(secondsAt + 3)}`) + 1_000;
}
