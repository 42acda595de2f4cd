/** The product in a process of its own, as `datamesh serve` runs one: storage, outbox, relay, subgraph over HTTP. */
import { join } from "node:path";
import { openEventBus } from "#events";
import { createGraphQLHandler, createHttpServer, type GraphQLService } from "#http";
import { createProduct, createSubgraphService } from "#platform";
import { anonymous } from "#policies";
import type { AskedOfSource, SourceAnswers, SourceSetup } from "./messages.ts";
import { monotonicMs } from "./monotonic-ms.ts";
import { readSetup, serveProcess, tell } from "./process.ts";
import { writeSourceProduct } from "./source-product.ts";
import { tracedPublishing } from "./traced-bus.ts";

const onInternalError = (error: unknown): void => console.error(error);
const logger = { info: () => undefined, warn: (fields: object, message: string) => console.error(message, fields) };

const { folder, entities, redisUrl } = readSetup<SourceSetup>();
const { linked, mesh, write } = await writeSourceProduct(folder, entities);
let held = Promise.withResolvers<void>();
held.resolve();
let committedAt = 0;
const bus = await openEventBus(redisUrl, {}, { logger });
const product = createProduct(linked, mesh, {
  stateDir: join(folder, "state"),
  runsSchedules: false,
  events: tracedPublishing(bus, tell, () => held.promise),
  onEvent(event) {
    // The first that is heard of it once the transaction has ended.
    if (event.kind === "published") committedAt = monotonicMs();
  },
  onFault: onInternalError,
  onError: onInternalError,
});
const { reason } = await product.start();
if (reason !== undefined) throw new Error(`${reason.code}: ${reason.message}`);
await product.drained();

let requests = 0;
const subgraph = createSubgraphService(() => product.subgraph, {
  authenticate: () => Promise.resolve({ caller: anonymous, masking: "here" }),
});
const counted: GraphQLService = {
  prepare(...asked) {
    requests++;
    return subgraph.prepare(...asked);
  },
};
const server = await createHttpServer({
  host: "127.0.0.1",
  port: 0,
  graphql: createGraphQLHandler(counted, { onInternalError }),
  onInternalError,
});

serveProcess<AskedOfSource, SourceAnswers>({
  url: `${server.url}/graphql`,
  answers: {
    async change({ changes, isHeld }) {
      // Those of earlier versions are not held with them.
      await product.drained();
      if (isHeld) held = Promise.withResolvers<void>();
      await write(changes);
      const before = product.status.version;
      const { version, reason: failure } = await product.refresh();
      if (failure !== undefined || version === undefined || version === before) {
        throw new Error(`nothing was published: ${failure?.message ?? "nothing has changed"}`);
      }
      return { version, committedAt };
    },
    async release() {
      held.resolve();
      await product.drained();
      return true;
    },
    usage() {
      const { user, system } = process.cpuUsage();
      return Promise.resolve({ requests, cpuMs: (user + system) / 1_000 });
    },
  },
  async close() {
    held.resolve();
    await server.close();
    await product.close();
    await bus.close();
  },
});
