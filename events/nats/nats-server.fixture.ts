import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { BusServer } from "../bus.suite.ts";
import { ownName, silentLogger } from "../events.fixture.ts";
import { openEventBus } from "../open-bus.ts";

/** Buses on a real NATS, under names of their own, which are gone afterwards. */
export async function startOnNats(url: string): Promise<BusServer> {
  const prefix = ownName("datamesh-test");
  return {
    url,
    prefix,
    open: ({ url: way = url, logger = silentLogger, ...options } = {}) =>
      openEventBus(way, { prefix, timeoutMs: 10_000, ...options }, { logger }),
    async close() {
      const connection = await connect({ servers: url });
      const { streams } = await jetstreamManager(connection);
      for await (const name of streams.names()) if (name.includes(prefix)) await streams.delete(name);
      await connection.close();
    },
  };
}
