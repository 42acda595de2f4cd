/** A gateway that answers its port, whatever number of processes that takes. */
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { GatewayHealth, ReloadResult } from "#gateway";
import type { Readiness } from "#http";
import type { Finding } from "#schema";
import { type ServedCache, serveCache } from "./cache/served-cache.ts";
import { type EventsToFollow, followEvents } from "./events/follow-events.ts";
import { type GatewayInputs, type GatewaySetup, listenFor, openGateway } from "./open-gateway.ts";

export interface ServeGatewayOptions {
  readonly setup: GatewaySetup;
  /** How many processes answer; with 1 it is this one. */
  readonly workers: number;
  readonly inputs: GatewayInputs;
  /** Who tells what changed; undefined where nobody does, or nothing is kept. */
  readonly events?: EventsToFollow | undefined;
  /** What else this process counts, for the page of metrics. */
  readonly furtherMetrics?: Registry | undefined;
  /** Reads the source again after so long; never by default. */
  readonly pollMs?: number | undefined;
  readonly logger: Logger;
  readonly onFindings: (findings: readonly Finding[]) => void;
  /** Says with the gateway's health, which may not be all there is to say, what `/health/ready` answers. */
  readonly readiness: (health: GatewayHealth) => Readiness;
  /** It can answer nobody any more, and waits to be closed. */
  readonly onFailed?: ((error: Error) => void) | undefined;
}

export interface GatewayServer {
  readonly url: string;
  /** The supergraph's SDL that serves now; undefined once closed. */
  supergraph(): string | undefined;
  readonly cache: ServedCache;
  /** The page of metrics, and its content type. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Never rejects: a failure is in the result and in health, and the old graph keeps serving under the old policies. */
  reload(changes?: Partial<GatewayInputs>): Promise<ReloadResult>;
  /** Finishes requests in flight, then closes everything. */
  close(): Promise<void>;
}

/** Resolves when it listens. Throws what `createGateway` and `createHttpServer` throw, and leaves nothing open then. */
export async function serveGateway(options: ServeGatewayOptions): Promise<GatewayServer> {
  if (options.workers === 1) return serveHere(options);
  const { serveByWorkers } = await import("./workers/serve-by-workers.ts");
  return serveByWorkers(options);
}

async function serveHere(options: ServeGatewayOptions): Promise<GatewayServer> {
  const { setup, inputs, readiness, events } = options;
  const opened = Promise.withResolvers<ServedCache>();
  const following = events && (await followEvents(events, async (order) => (await opened.promise).carryOut(order)));
  const { gateway, governWith, close } = await openGateway(setup, inputs, options).catch(async (error: unknown) => {
    await following?.close();
    throw error;
  });
  const cache = serveCache(gateway.cache);
  if (following !== undefined) gateway.cache?.unsharedUntil(following.caughtUp);
  opened.resolve(cache);
  const metrics = async (): ReturnType<GatewayServer["metrics"]> => {
    const [{ contentType, body }, further] = await Promise.all([gateway.metrics(), options.furtherMetrics?.metrics()]);
    return { contentType, body: further === undefined ? body : `${body.trimEnd()}\n${further}` };
  };
  const server = await listenFor(gateway, setup, {
    ...options,
    metrics,
    readiness: () => readiness(gateway.health()),
  }).catch(async (error: unknown) => {
    await following?.close();
    await close();
    throw error;
  });
  return {
    url: server.url,
    cache,
    metrics,
    supergraph: () => gateway.supergraph(),
    reload({ source, policies } = {}) {
      const govern = policies === undefined ? undefined : governWith(policies);
      return gateway.reload({
        ...(source === undefined ? {} : { source }),
        ...(govern === undefined ? {} : { govern }),
      });
    },
    async close() {
      await server.close();
      // Before the gateway: what it is told until then it carries out.
      await following?.close();
      await close();
    },
  };
}
