/** One of the gateways, wired to the event bus and to Redis as `datamesh gateway` wires them. */
import { openEventBus } from "#events";
import { createGateway, type InvalidationOrder } from "#gateway";
import { createGraphQLHandler, createHttpServer } from "#http";
import { serveCache } from "../../../cli/mesh/cache/served-cache.ts";
import { followEvents } from "../../../cli/mesh/events/follow-events.ts";
import { readLevels } from "./level-counts.ts";
import type { AskedOfGateway, GatewayAnswers, GatewaySetup } from "./messages.ts";
import { monotonicMs } from "./monotonic-ms.ts";
import { picks } from "./picks.ts";
import { readSetup, serveProcess, tell } from "./process.ts";
import { tracedHandling } from "./traced-bus.ts";

process.env.APOLLO_TELEMETRY_DISABLED = "true";

const onInternalError = (error: unknown): void => console.error(error);
const logger = { info: () => undefined, warn: (fields: object, message: string) => console.error(message, fields) };

const { sourceUrl, redisUrl, isDeaf } = readSetup<GatewaySetup>();
const opened = Promise.withResolvers<ReturnType<typeof serveCache>>();
const carryOut = async (order: InvalidationOrder): Promise<void> => {
  if (!isDeaf) await (await opened.promise).carryOut(order);
};
const bus = redisUrl === undefined ? undefined : await openEventBus(redisUrl, {}, { logger });
const following =
  bus &&
  (await followEvents(
    { bus: tracedHandling(bus, tell), isInProcess: false, isSharedWork: true, productsHere: () => [] },
    carryOut,
  ));
const gateway = await createGateway({
  source: {
    kind: "subgraphs",
    subgraphs: [
      { kind: "http", name: "customers", url: sourceUrl },
      { kind: "in-process", ...picks },
    ],
  },
  ...(redisUrl === undefined ? {} : { cache: {}, redis: { url: redisUrl } }),
});
const cache = serveCache(gateway.cache);
if (following !== undefined) gateway.cache?.unsharedUntil(following.caughtUp);
opened.resolve(cache);
await following?.caughtUp;

const server = await createHttpServer({
  host: "127.0.0.1",
  port: 0,
  graphql: createGraphQLHandler(gateway.service, { onInternalError }),
  onInternalError,
});

serveProcess<AskedOfGateway, GatewayAnswers>({
  url: server.url,
  answers: {
    async usage() {
      const { user, system } = process.cpuUsage();
      const { body } = await gateway.metrics();
      return { cpuMs: (user + system) / 1_000, levels: readLevels(body, "customers") };
    },
    async purge({ ids }) {
      const what =
        ids === "all"
          ? [{ kind: "all" } as const]
          : ids.map((customerId) => ({ kind: "entity", type: "Customer", key: { customerId } }) as const);
      const { isComplete } = isDeaf ? { isComplete: true } : await cache.invalidate({ cause: "operator", what });
      return { isComplete, acknowledgedAt: monotonicMs() };
    },
  },
  async close() {
    await server.close();
    await following?.close();
    await gateway.close();
    await bus?.close();
  },
});
