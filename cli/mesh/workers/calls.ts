/** What the primary process and its workers ask of each other. Everything is plain data: it crosses between processes. */
import type {
  Acknowledgement,
  AskedExplanation,
  ExplainedCaching,
  Forgotten,
  InvalidationOrder,
  MetricsData,
  SharedUsage,
  SubgraphAddress,
  SubgraphHealth,
  Subject,
} from "#gateway";
import type { Readiness } from "#http";
import type { Policy } from "#policies";
import type { CacheHints, Finding } from "#schema";
import type { GatewaySetup } from "../open-gateway.ts";

/** One generation of the supergraph, ready to be built. */
export interface GenerationMessage {
  readonly number: number;
  readonly supergraphSdl: string;
  /** By subgraph; one that is not named is reached at the address that the supergraph names. */
  readonly addresses: Readonly<Record<string, string | SubgraphAddress>>;
  /** By subgraph: what the supergraph no longer says. */
  readonly cacheHints: Readonly<Record<string, CacheHints>>;
  readonly policies: readonly Policy[];
}

export interface WorkerSetup extends GatewaySetup {
  /** Which worker it is, from 1. */
  readonly worker: number;
  readonly logLevel: string;
}

/** What a worker is asked. Each first generation is committed by listening. */
export interface WorkerCalls {
  setUp(setup: WorkerSetup): Promise<void>;
  /** Builds and warms up; what is wrong between policies and graph is the answer. */
  prepare(generation: GenerationMessage): Promise<readonly Finding[]>;
  /** Answers new requests from the prepared generation. */
  commit(generation: number): Promise<readonly Finding[]>;
  /** Answers when nothing of it is left: it was given up, or its last request has ended. */
  release(generation: number): Promise<void>;
  readMetrics(argument: undefined): Promise<MetricsData>;
  readSubgraphs(argument: undefined): Promise<readonly SubgraphHealth[]>;
  /** What is kept: as `ServedCache`. */
  invalidate(order: InvalidationOrder): Promise<Acknowledgement>;
  carryOut(order: InvalidationOrder): Promise<void>;
  forget(subjects: readonly Subject[]): Promise<Forgotten>;
  explain(asked: AskedExplanation): Promise<ExplainedCaching>;
  sharedUsage(argument: undefined): Promise<SharedUsage | undefined>;
  /** Finishes the requests in flight, then ends the process. */
  stop(argument: undefined): Promise<void>;
}

/** What the primary is asked: a client sees one answer, whichever worker it met. */
export interface PrimaryCalls {
  /** The worker has loaded its code and can be asked. */
  hello(argument: undefined): Promise<void>;
  metrics(argument: undefined): Promise<{ readonly contentType: string; readonly body: string }>;
  readiness(argument: undefined): Promise<Readiness>;
  /** Answers when every change that was told before the start is carried out. */
  caughtUp(argument: undefined): Promise<void>;
  /** Something that was found while nothing was asked: in a file that the worker reads again, say. */
  tell(findings: readonly Finding[]): Promise<void>;
}
