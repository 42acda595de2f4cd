/**
 * A worker: the gateway in a process of its own, under the direction of the primary.
 *
 *   setUp ──▶ prepare(1) ──▶ commit(1): listens ──▶ [prepare(n) ──▶ commit(n) | release(n)]* ──▶ stop
 */
import type { CoherenceChannel, PreparedReload } from "#gateway";
import type { HttpServer } from "#http";
import type { Finding } from "#schema";
import { collectGarbage } from "../../heap.ts";
import { createLogger } from "../../terminal/create-logger.ts";
import { type ServedCache, serveCache } from "../cache/served-cache.ts";
import { type GatewayInputs, listenFor, type OpenGateway, openGateway } from "../open-gateway.ts";
import type { GenerationMessage, PrimaryCalls, WorkerCalls, WorkerSetup } from "./calls.ts";
import type { Channel } from "./channel.ts";

/**
 * What the primary may ask.
 *
 * @param coherence to the primary, which relays what one worker ends to the others.
 * @param end is called when the last request has ended and everything is closed.
 */
export function createWorker(
  primary: () => Channel<PrimaryCalls>,
  coherence: CoherenceChannel,
  end: () => void,
): WorkerCalls {
  let setup: WorkerSetup | undefined;
  let logger: ReturnType<typeof createLogger> | undefined;
  let open: OpenGateway | undefined;
  let server: HttpServer | undefined;
  let prepared: PreparedReload | undefined;
  let current = 0;
  const drainedByNumber = new Map<number, Promise<void>>();
  let findings: Finding[] | undefined;
  const onFindings = (found: readonly Finding[]): void => {
    if (findings !== undefined) findings.push(...found);
    // When it cannot be told, the primary is gone, and this process about to end.
    else
      primary()
        .call("tell", found)
        .catch(() => undefined);
  };
  /** What is found on the way is the answer. */
  const collecting = async (action: () => Promise<void>): Promise<readonly Finding[]> => {
    const found: Finding[] = [];
    findings = found;
    try {
      await action();
    } finally {
      findings = undefined;
    }
    return found;
  };

  const parts = () => {
    if (setup === undefined || logger === undefined) throw new Error("the worker has not been set up");
    return { setup, logger, onFindings };
  };
  const gateway = (): OpenGateway["gateway"] => {
    if (open === undefined) throw new Error("the worker has no gateway yet");
    return open.gateway;
  };
  const cache = (): ServedCache => serveCache(gateway().cache);

  return {
    async setUp(given) {
      setup = given;
      logger = createLogger(given.logLevel).child({ worker: given.worker });
    },
    prepare: ({ number, ...message }) =>
      collecting(async () => {
        const inputs = inputsOf(message);
        if (open === undefined) {
          open = await openGateway(parts().setup, inputs, { ...parts(), firstGeneration: number, coherence });
          const caughtUp = primary().call("caughtUp", undefined);
          // It fails when the mesh is closing, and then nobody takes anything any more.
          caughtUp.catch(() => undefined);
          open.gateway.cache?.unsharedUntil(caughtUp);
          current = number;
        } else {
          const govern = open.governWith(inputs.policies);
          const changes = { source: inputs.source, ...(govern === undefined ? {} : { govern }) };
          prepared = await gateway().prepareReload(changes, number);
        }
      }),
    commit: (number) =>
      collecting(async () => {
        if (server === undefined) {
          server = await listenFor(gateway(), parts().setup, {
            ...parts(),
            metrics: () => primary().call("metrics", undefined),
            readiness: () => primary().call("readiness", undefined),
          });
          collectGarbage();
        }
        if (number !== current) {
          if (prepared?.generation !== number) throw new Error(`generation ${number} was not prepared`);
          const { drained } = await prepared.commit();
          drainedByNumber.set(current, drained);
          current = number;
          prepared = undefined;
        }
      }),
    async release(number) {
      if (prepared?.generation === number) {
        const given = prepared;
        prepared = undefined;
        await given.discard();
      }
      await drainedByNumber.get(number);
      drainedByNumber.delete(number);
    },
    readMetrics: () => gateway().readMetrics(),
    readSubgraphs: async () => gateway().health().subgraphs,
    invalidate: async (order) => cache().invalidate(order),
    carryOut: async (order) => cache().carryOut(order),
    forget: async (subjects) => cache().forget(subjects),
    explain: async (asked) => cache().explain(asked),
    sharedUsage: async () => cache().sharedUsage(),
    async stop() {
      await server?.close();
      await open?.close();
      end();
    },
  };
}

function inputsOf({
  supergraphSdl,
  addresses,
  cacheHints,
  policies,
}: Omit<GenerationMessage, "number">): GatewayInputs {
  return { source: { kind: "supergraph", supergraph: { sdl: supergraphSdl }, urls: addresses, cacheHints }, policies };
}
