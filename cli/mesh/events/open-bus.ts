/** The configuration's word on events → the bus of this process. */
import type { Logger } from "pino";
import { type EventBus, openEventBus } from "#events";
import type { MeshConfig } from "../../config/read-config.ts";
import type { EventMetrics } from "./event-metrics.ts";

export interface MeshBus {
  readonly bus: EventBus;
  /** Nobody outside of this process hears of anything. */
  readonly isInProcess: boolean;
  /** After the last product and the last subscription. */
  close(): Promise<void>;
}

/** Resolves also where the server does not answer. Raises `BUS_ADDRESS_INVALID`. */
export async function openMeshBus(
  { events: { url, ...options } }: Pick<MeshConfig, "events">,
  logger: Logger,
  { observer }: Pick<EventMetrics, "observer">,
): Promise<MeshBus> {
  // In this process nobody comes back for what is kept: its own defaults do.
  const bus = await openEventBus(url, url === undefined ? {} : options, { logger, ...observer });
  if (url === undefined) observer.onState(true);
  return { bus, isInProcess: url === undefined, close: () => bus.close() };
}
