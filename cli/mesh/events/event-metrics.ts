/** What a process that runs products, or follows them, counts of its event bus and of aggregates that are kept. */
import { Counter, Gauge, Registry } from "prom-client";
import type { BusObserver } from "#events";
import type { AggregateOptions, ProductEvent } from "#platform";

export interface EventMetrics {
  readonly registry: Registry;
  /** For the bus. */
  readonly observer: Required<Omit<BusObserver, "logger">>;
  /** For each event of a product. */
  observeProduct(event: ProductEvent): void;
  /** For each aggregate that is asked for. */
  readonly observeAggregate: NonNullable<AggregateOptions["onEvent"]>;
}

/** In a registry of its own. Labels have the values of the configuration: products, and groups that the mesh names. */
export function createEventMetrics(): EventMetrics {
  const registry = new Registry();
  const registers = [registry];
  const busUp = new Gauge({
    name: "mesh_events_bus_up",
    help: "1 while the server of the event bus answers",
    registers,
  });
  const handedOn = new Counter({
    name: "mesh_events_handed_on_total",
    help: "Events that the bus has taken from the outbox of a product",
    labelNames: ["product"],
    registers,
  });
  const rejected = new Counter({
    name: "mesh_events_rejected_total",
    help: "How often events were not handled and are handed out again, by group",
    labelNames: ["group"],
    registers,
  });
  const deadLetters = new Counter({
    name: "mesh_events_dead_letters_total",
    help: "Events that became dead letters after their last attempt, by group",
    labelNames: ["group"],
    registers,
  });
  const lost = new Counter({
    name: "mesh_events_lost_total",
    help: "How often the bus no longer had all that a group had not handled",
    labelNames: ["group"],
    registers,
  });
  const aggregates = new Counter({
    name: "mesh_aggregates_total",
    help: "Aggregates of a product: found in Redis (hit), computed (miss), unreadable there (broken), kept there (kept)",
    labelNames: ["product", "result"],
    registers,
  });
  return {
    registry,
    observer: {
      onState: (isUp) => busUp.set(isUp ? 1 : 0),
      onRejected: (_topic, group) => rejected.inc({ group }),
      onDeadLetter: (_topic, group) => deadLetters.inc({ group }),
      onLost: (_topic, group) => lost.inc({ group }),
    },
    observeProduct(event) {
      if (event.kind === "handed-on") handedOn.inc({ product: event.product }, event.events);
    },
    observeAggregate: ({ product, kind }) => aggregates.inc({ product, result: kind }),
  };
}
