/** A gateway that answers its port, whatever number of processes that takes. */
import type { Logger } from "pino";
import type { GatewayHealth, ReloadResult } from "#gateway";
import type { Readiness } from "#http";
import type { Finding } from "#schema";
import { type GatewayInputs, type GatewaySetup, listenFor, openGateway } from "./open-gateway.ts";

export interface ServeGatewayOptions {
  readonly setup: GatewaySetup;
  /** How many processes answer; with 1 it is this one. */
  readonly workers: number;
  readonly inputs: GatewayInputs;
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
  const { setup, inputs, readiness } = options;
  const { gateway, governWith, close } = await openGateway(setup, inputs, options);
  const server = await listenFor(gateway, setup, {
    ...options,
    metrics: () => gateway.metrics(),
    readiness: () => readiness(gateway.health()),
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return {
    url: server.url,
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
      await close();
    },
  };
}
