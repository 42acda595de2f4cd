/** What the products of a process have in common: the event bus, a place for aggregates, and what is counted of both. */
import type { Logger } from "pino";
import { createRedisAggregates } from "#platform";
import { connectToRedis } from "#redis";
import type { MeshConfig } from "../config/read-config.ts";
import { createEventMetrics, type EventMetrics } from "./events/event-metrics.ts";
import { type MeshBus, openMeshBus } from "./events/open-bus.ts";
import type { ProductsOptions } from "./run-products.ts";

export interface ProductServices<B extends MeshBus | undefined> {
  readonly events: B;
  readonly metrics: EventMetrics;
  readonly options: Pick<ProductsOptions, "events" | "aggregates" | "onAggregate">;
  /** After the products. */
  close(): Promise<void>;
}

/** For a process whose gateway hears of the products. Raises `BUS_ADDRESS_INVALID`; waits for no server that is not there. */
export async function openProductServices(config: MeshConfig, logger: Logger): Promise<ProductServices<MeshBus>> {
  const metrics = createEventMetrics();
  const events = await openMeshBus(config, logger, metrics);
  return withAggregates(config, logger, events, metrics);
}

/**
 * For a process that nobody else's gateway hears without a server: then nothing is told, and the first version that is
 * made with a bus makes up for it (`platform/outbox`).
 */
export async function openServicesOfServed(
  config: MeshConfig,
  logger: Logger,
): Promise<ProductServices<MeshBus | undefined>> {
  const metrics = createEventMetrics();
  const events = config.events.url === undefined ? undefined : await openMeshBus(config, logger, metrics);
  return withAggregates(config, logger, events, metrics);
}

async function withAggregates<B extends MeshBus | undefined>(
  { redis }: Pick<MeshConfig, "redis">,
  logger: Logger,
  events: B,
  metrics: EventMetrics,
): Promise<ProductServices<B>> {
  const connection = redis && (await connectToRedis(redis, { logger: logger.child({ for: "aggregates" }) }));
  return {
    events,
    metrics,
    options: {
      events: events?.bus,
      aggregates: connection && createRedisAggregates(connection),
      onAggregate: metrics.observeAggregate,
    },
    async close() {
      await events?.close();
      await connection?.close();
    },
  };
}
