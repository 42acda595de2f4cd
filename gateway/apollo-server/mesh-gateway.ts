/**
 * The gateway behind Apollo Server's GatewayInterface, so that an existing program changes one line:
 *
 *   new ApolloServer({ gateway: new MeshGateway({ supergraphSdl }) })
 *
 *   created ──load()──▶ loading ──▶ loaded ──stop()──▶ stopped
 *                          └─fails─▶ failed
 *
 * 1. A listener is told of the first supergraph before `load` resolves, and of each later one before it serves.
 * 2. An operation runs on the supergraph that is current when it comes, and is checked against that one.
 * 3. After `stop` nothing runs any more: what was under way is aborted.
 */
import type {
  GatewayExecutionResult,
  GatewayExecutor,
  GatewayGraphQLRequestContext,
  GatewayInterface,
  GatewayLoadResult,
  GatewaySchemaLoadOrUpdateCallback,
  GatewayUnsubscriber,
} from "@apollo/server-gateway-interface";
import { createGateway, type Gateway, type GatewayConfig } from "../gateway.ts";
import type { GatewayHealth } from "../health.ts";
import type { SupergraphSource } from "../supergraph/source.ts";
import { type ApolloLogger, adaptLogger, consoleLogger } from "./adapt-logger.ts";
import { checkOptions, type GatewayOption } from "./check-options.ts";
import { readOutcome, readRejection, shuttingDown } from "./execution-result.ts";
import { createRequestReader, type RequestReader } from "./read-request.ts";
import {
  type RunningManager,
  type SupergraphHook,
  type SupergraphManager,
  startManager,
} from "./supergraph-manager.ts";

export interface MeshGatewayConfig extends Pick<GatewayConfig, GatewayOption> {
  /** The supergraph itself, or who brings it and its later versions: a function or a manager such as `IntrospectAndCompose`. */
  readonly supergraphSdl?: string | SupergraphHook | SupergraphManager;
  /** Instead of `supergraphSdl`: a file, or the subgraphs to compose. */
  readonly source?: SupergraphSource;
  /**
   * Headers made of Apollo Server's context value, beside those that the client sent. Subgraphs see those of both that
   * `propagateHeaders` names. Called once for each operation; a throw fails it.
   */
  readonly headers?: (context: Readonly<Record<string, unknown>>) => Readonly<Record<string, string | undefined>>;
  /** Warnings and errors go to the console by default. */
  readonly logger?: ApolloLogger;
}

type Phase = "created" | "loading" | "loaded" | "failed" | "stopped";

/**
 * Takes the place of ApolloGateway in Apollo Server 4 and 5. Subgraphs' error messages reach clients, as they do with
 * ApolloGateway, so that the program's `formatError` decides on them; `subgraphMessages: "hidden"` keeps them back.
 */
export class MeshGateway implements GatewayInterface {
  readonly #config: MeshGatewayConfig;
  readonly #logger: ApolloLogger;
  readonly #listeners = new Map<GatewaySchemaLoadOrUpdateCallback, GatewayUnsubscriber | undefined>();
  readonly #running = new Set<AbortController>();
  readonly #readRequest: RequestReader;
  #phase: Phase = "created";
  #loading: Promise<void> | undefined;
  #manager: RunningManager | undefined;
  #gateway: Gateway | undefined;

  /** @throws TypeError that lists every option that cannot be honoured, with what takes its place. */
  constructor(config: MeshGatewayConfig) {
    this.#logger = config.logger ?? consoleLogger;
    for (const warning of checkOptions(config)) this.#logger.warn(warning);
    this.#config = config;
    this.#readRequest = createRequestReader(config.headers);
  }

  /** Called by Apollo Server when it starts. Rejects with the reason when there is no supergraph; nothing is left running then. */
  async load(): Promise<GatewayLoadResult> {
    if (this.#phase !== "created") throw new Error(`MeshGateway.load: it is ${this.#phase} already; make another one`);
    this.#phase = "loading";
    this.#loading = this.#load();
    try {
      await this.#loading;
      this.#phase = "loaded";
    } catch (error) {
      this.#phase = "failed";
      await this.#manager?.close();
      throw error;
    }
    return { executor: this.executor };
  }

  async #load(): Promise<void> {
    const { supergraphSdl, source, headers: _headers, logger: _logger, ...config } = this.#config;
    const gateway = await createGateway({
      subgraphMessages: "shown",
      ...config,
      // Apollo Server's own have found the document before it comes here.
      persistedQueries: false,
      source: source ?? sourceOf(await this.#firstSupergraph(supergraphSdl)),
      logger: adaptLogger(this.#logger),
    });
    this.#gateway = gateway;
    this.#manager?.follow((sdl) => void gateway.reload({ source: sourceOf(sdl) }));
    for (const listener of this.#listeners.keys()) this.#subscribe(listener, gateway);
  }

  async #firstSupergraph(given: MeshGatewayConfig["supergraphSdl"]): Promise<string> {
    if (typeof given === "string") return given;
    // `checkOptions` has seen that there is one where there is no `source`.
    this.#manager = await startManager(
      given as SupergraphHook | SupergraphManager,
      this.#config.transport,
      this.#logger,
    );
    return this.#manager.first;
  }

  /** Calls `callback` with each supergraph that serves: at once when one does already. What it throws is logged. */
  onSchemaLoadOrUpdate(callback: GatewaySchemaLoadOrUpdateCallback): GatewayUnsubscriber {
    this.#listeners.set(callback, undefined);
    if (this.#gateway !== undefined) this.#subscribe(callback, this.#gateway);
    return () => {
      this.#listeners.get(callback)?.();
      this.#listeners.delete(callback);
    };
  }

  #subscribe(callback: GatewaySchemaLoadOrUpdateCallback, gateway: Gateway): void {
    const unsubscribe = gateway.onSupergraph(({ apiSchema, supergraphSdl }) =>
      callback({ apiSchema, coreSupergraphSdl: supergraphSdl }),
    );
    this.#listeners.set(callback, unsubscribe);
  }

  /** Answers one operation that Apollo Server has parsed and validated. What goes wrong is in `errors`. */
  readonly executor: GatewayExecutor = async (requestContext): Promise<GatewayExecutionResult> => {
    const gateway = this.#gateway;
    if (gateway === undefined) throw new Error(`MeshGateway.executor: it is ${this.#phase}; call load() first`);
    const controller = new AbortController();
    this.#running.add(controller);
    try {
      const result = await this.#execute(gateway, requestContext, controller.signal);
      return controller.signal.aborted ? shuttingDown() : result;
    } finally {
      this.#running.delete(controller);
    }
  };

  async #execute(
    gateway: Gateway,
    requestContext: GatewayGraphQLRequestContext,
    signal: AbortSignal,
  ): Promise<GatewayExecutionResult> {
    const { params, request } = this.#readRequest(requestContext, signal);
    const prepared = await gateway.service.prepare(params, request);
    if (prepared.kind === "rejected") return readRejection(prepared);
    const outcome = await prepared.run();
    for (const [name, value] of Object.entries(outcome.headers ?? {})) {
      requestContext.response?.http?.headers.set(name, value);
    }
    return readOutcome(outcome);
  }

  /** What is known of the supergraph and its subgraphs, without asking anybody; undefined before it is loaded. */
  health(): GatewayHealth | undefined {
    return this.#gateway?.health();
  }

  /** Prometheus' text format, and its content type; undefined before it is loaded. */
  async metrics(): Promise<{ readonly contentType: string; readonly body: string } | undefined> {
    return this.#gateway?.metrics();
  }

  /**
   * Ends what Apollo Server has not drained before, and closes every connection. Called twice, it does nothing the second
   * time.
   */
  async stop(): Promise<void> {
    await this.#loading?.catch(() => undefined); // whoever called `load` has the reason
    if (this.#phase !== "loaded") return;
    this.#phase = "stopped";
    for (const controller of this.#running) controller.abort();
    await this.#manager?.close();
    await this.#gateway?.close();
  }
}

function sourceOf(sdl: string): SupergraphSource {
  return { kind: "supergraph", supergraph: { sdl } };
}
