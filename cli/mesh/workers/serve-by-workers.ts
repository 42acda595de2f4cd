/**
 * The gateway in several processes behind one port. This process, the primary, accepts connections and hands them out,
 * runs the products, reads and composes the supergraph, and speaks for all in health and metrics; the workers answer.
 *
 *   products ◀── Unix socket, signed tokens ── worker ─┐
 *   supergraph, policies ── IPC ──▶            worker ─┼── port ◀── clients
 *   health, metrics ◀── IPC ──▶                worker ─┘
 */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import {
  createCoherenceHub,
  createSharedSupergraph,
  type InProcessSubgraph,
  type SharedGeneration,
  type SharedSupergraph,
  type SubgraphAddress,
  type SubgraphHealth,
} from "#gateway";
import type { Readiness } from "#http";
import type { Policy } from "#policies";
import type { Finding } from "#schema";
import type { MeshConfig } from "../../config/read-config.ts";
import { commandError } from "../../errors.ts";
import { answerWithin } from "../answer-within.ts";
import { createInternalVerifiers } from "../authentication.ts";
import { type Following, followEvents } from "../events/follow-events.ts";
import type { GatewayServer, ServeGatewayOptions } from "../serve-gateway.ts";
import type { GenerationMessage, WorkerSetup } from "./calls.ts";
import { createFollowers, type Follower, FollowerLost } from "./followers.ts";
import { openSubgraphSocket, type SubgraphSocket } from "./subgraph-socket.ts";
import { createWorkerMetrics } from "./worker-metrics.ts";
import { createWorkerPool, type WorkerPool } from "./worker-pool.ts";
import { startWorkerProcess, type WorkerProcess } from "./worker-process.ts";
import { createWorkersCache } from "./workers-cache.ts";

type Generation = SharedGeneration<readonly Policy[]>;

const defaultGraceMs = 10_000;
/** Beyond the time that requests have: to close what is left. */
const closingMs = 3_000;
/** What is known of a subgraph is asked of workers for health; one that is busy for longer is left out. */
const healthLimitMs = 2_000;

/** As `serveGateway`. Throws WORKER_NOT_STARTED too. */
export async function serveByWorkers(options: ServeGatewayOptions): Promise<GatewayServer> {
  const { setup, inputs, logger, onFindings, onFailed } = options;
  const { config } = setup;
  const graceMs = config?.server.graceMs ?? defaultGraceMs;
  // A port that the system chooses must be the same for those who are started later.
  const port = setup.port === 0 ? await findFreePort(setup.host) : setup.port;
  const workerSetup = { ...setup, config: withoutSecrets(config), port, logLevel: logger.level };
  const socket = await openSocket(options);
  const memorise = rememberPolicies();
  const live = new Map<number, Generation>();
  const findings = createFindingsOnce(onFindings);

  let shared: SharedSupergraph<readonly Policy[]> | undefined;
  let pool: WorkerPool | undefined;
  const metrics = createWorkerMetrics();
  const followers = createFollowers<readonly Policy[]>({ whole: () => pool?.whole() ?? Promise.resolve() });
  const followerByWorker = new Map<WorkerProcess, Follower<readonly Policy[]>>();
  const hub = createCoherenceHub();

  // Orders come as soon as the bus is followed, and wait for the pool.
  const opened = Promise.withResolvers<WorkerPool>();
  const cache = createWorkersCache(() => opened.promise);
  let following: Following | undefined;

  const readMetrics = async (): ReturnType<GatewayServer["metrics"]> => {
    const own = await Promise.all([shared?.readMetrics(), options.furtherMetrics?.getMetricsAsJSON()]);
    return metrics.sum(
      pool?.serving() ?? [],
      own.flatMap((part) => part ?? []),
    );
  };
  const answersFor = (place: number) => ({
    metrics: readMetrics,
    readiness: () => readReadiness(),
    caughtUp: () => following?.caughtUp ?? Promise.resolve(),
    async tell(found: readonly Finding[]) {
      // All find the same: one speaks for them.
      if (pool?.serving().every((worker) => worker.place >= place)) onFindings(found);
    },
  });
  const readReadiness = async (): Promise<Readiness> => {
    if (shared === undefined || pool === undefined) return { ready: false, reasons: ["the workers are starting"] };
    const health = shared.health(await askSubgraphs(pool.serving()));
    const states = pool.states();
    const { ready, reasons, details } = options.readiness(health);
    return {
      ready: ready && states.some(({ state }) => state === "serving"),
      reasons: [
        ...reasons,
        ...states.flatMap(({ worker, state, reason }) =>
          state === "serving" ? [] : [`worker ${worker} is started again${reason === undefined ? "" : `: ${reason}`}`],
        ),
      ],
      details: { ...details, workers: states },
    };
  };

  const toFollower = (worker: WorkerProcess): Follower<readonly Policy[]> => ({
    name: `worker ${worker.place}`,
    async prepare(generation) {
      findings.add(await worker.channel.call("prepare", toMessage(generation, socket)));
    },
    async commit({ number }) {
      findings.add(await worker.channel.call("commit", number));
    },
    release: ({ number }) => worker.channel.call("release", number),
    kill: (reason) => worker.kill(reason),
  });

  const close = async (): Promise<void> => {
    await pool?.stop(graceMs + closingMs);
    await following?.close();
    await shared?.close();
    await socket?.close();
  };

  try {
    following = options.events && (await followEvents(options.events, (order) => cache.carryOut(order)));
    pool = await createWorkerPool({
      count: options.workers,
      start(place) {
        const worker = startWorkerProcess(place, answersFor(place));
        hub.add(place, worker.coherence);
        return worker;
      },
      async join(worker) {
        const follower = toFollower(worker);
        followerByWorker.set(worker, follower);
        const place: WorkerSetup = { ...workerSetup, worker: worker.place };
        await worker.channel.call("setUp", place);
        await followers.join(follower);
      },
      leave(worker) {
        const follower = followerByWorker.get(worker);
        if (follower !== undefined) followers.leave(follower);
        followerByWorker.delete(worker);
        metrics.leave(worker);
        hub.remove(worker.place);
      },
      onGivenUp: (error) => onFailed?.(commandError("WORKER_NOT_STARTED", `${error.message}; none is left`)),
      logger,
    });
    shared = await createSharedSupergraph({
      source: inputs.source,
      rules: memorise(inputs.policies),
      followers: {
        async prepare(generation) {
          live.set(generation.number, generation);
          findings.clear();
          try {
            await followers.prepare(generation);
          } finally {
            findings.report();
          }
        },
        async commit(generation) {
          await followers.commit(generation);
          findings.report();
        },
        async release(generation) {
          await followers.release(generation);
          live.delete(generation.number);
          socket?.keepOnly(subgraphsOf(live.values()));
        },
      },
      pollMs: options.pollMs,
      logger,
    });
    pool.begin();
    opened.resolve(pool);
  } catch (error) {
    await close();
    throw error instanceof FollowerLost ? commandError("WORKER_NOT_STARTED", error.message, error) : error;
  }

  const served = shared;
  return {
    url: `http://${setup.host.includes(":") ? `[${setup.host}]` : setup.host}:${port}`,
    cache,
    metrics: readMetrics,
    supergraph: () => served.current()?.read.supergraphSdl,
    reload: ({ source, policies } = {}) =>
      served.reload({
        ...(source === undefined ? {} : { source }),
        ...(policies === undefined ? {} : { govern: memorise(policies) }),
      }),
    close,
  };
}

/** Products, their tokens and the event bus are this process's business. */
function withoutSecrets(config: MeshConfig | undefined): MeshConfig | undefined {
  return (
    config && {
      ...config,
      storage: { postgresUrl: undefined },
      events: { ...config.events, url: undefined },
      upstreams: {},
    }
  );
}

/** Only where subgraphs may live in this process, and with the tokens that say for whom they are asked. */
async function openSocket(options: ServeGatewayOptions): Promise<SubgraphSocket | undefined> {
  const {
    setup: { config },
    inputs,
    logger,
  } = options;
  if (config === undefined || inputs.source.kind === "supergraph") return undefined;
  const verifier = await createInternalVerifiers(config);
  return openSubgraphSocket({
    verifier,
    onInternalError: (error, id) => logger.error({ id, err: error }, "a subgraph failed"),
  });
}

function toMessage({ number, read, rules }: Generation, socket: SubgraphSocket | undefined): GenerationMessage {
  const addresses: Record<string, string | SubgraphAddress> = {};
  for (const [name, route] of read.routes) {
    if (route.kind === "http") addresses[name] = route.url;
    else if (socket !== undefined) addresses[name] = socket.addressOf(route.subgraph);
  }
  const cacheHints = Object.fromEntries(read.cacheHints);
  return { number, supergraphSdl: read.supergraphSdl, addresses, cacheHints, policies: rules };
}

function subgraphsOf(generations: Iterable<Generation>): ReadonlySet<InProcessSubgraph> {
  const all = new Set<InProcessSubgraph>();
  for (const { read } of generations) {
    for (const route of read.routes.values()) if (route.kind === "in-process") all.add(route.subgraph);
  }
  return all;
}

/** Equal policies are one object: another one means another generation. */
function rememberPolicies(): (policies: readonly Policy[]) => readonly Policy[] {
  let known: { readonly text: string; readonly policies: readonly Policy[] } | undefined;
  return (policies) => {
    const text = JSON.stringify(policies);
    if (known?.text !== text) known = { text, policies };
    return known.policies;
  };
}

/** Every worker finds the same: it is told once. */
function createFindingsOnce(onFindings: (findings: readonly Finding[]) => void): {
  add(findings: readonly Finding[]): void;
  report(): void;
  clear(): void;
} {
  const found = new Map<string, Finding>();
  return {
    add(findings) {
      for (const finding of findings) found.set(JSON.stringify(finding), finding);
    },
    report() {
      if (found.size > 0) onFindings([...found.values()]);
      found.clear();
    },
    clear: () => found.clear(),
  };
}

async function askSubgraphs(workers: readonly WorkerProcess[]): Promise<readonly (readonly SubgraphHealth[])[]> {
  return Promise.all(
    workers.map(({ channel }) => answerWithin(channel.call("readSubgraphs", undefined), healthLimitMs, [])),
  );
}

/** 0 when there is none on this host: who listens there then says why. */
async function findFreePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  const found = await once(server, "listening").catch(() => undefined);
  if (found === undefined) return 0;
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  await once(server.close(), "close");
  return port;
}
