/**
 * The mesh of `datamesh.yaml` in this process, asked through its HTTP port as a consumer asks it.
 *
 * It is what `npm start` runs, but for what tests must not share: state is a folder of the test's own, the port is ephemeral,
 * nothing is logged, PostgreSQL is used only by tests that name one, and no Redis or NATS that the environment names.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { onStatement, type ProductEvent, type ProductStatus } from "#platform";
import { loadDevelopmentKey, signDevelopmentToken } from "#policies";
import { type Finding, hasErrors, printFinding } from "#schema";
import { readConfig } from "../cli/config/read-config.ts";
import { runMesh } from "../cli/mesh/run-mesh.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly data?: Readonly<Record<string, unknown>> | null;
    readonly errors?: readonly {
      readonly message: string;
      readonly path?: readonly (string | number)[];
      readonly extensions?: Readonly<Record<string, unknown>>;
    }[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  };
}

export interface AskOptions {
  readonly variables?: Readonly<Record<string, unknown>>;
  /** A principal of the configuration; without it the caller is anonymous. */
  readonly as?: string;
  readonly purpose?: string;
  /** `apollographql-client-name`. */
  readonly client?: string;
}

/** How much was done for one answer, per product. */
interface Work {
  /** Requests that the gateway sent. */
  readonly requests: Readonly<Record<string, number>>;
  /** SQL statements that the product's storage ran to read. */
  readonly statements: Readonly<Record<string, number>>;
}

export interface TestMesh extends AsyncDisposable {
  readonly url: string;
  statuses(): readonly ProductStatus[];
  /** The composed graph's SDL. */
  supergraph(): string | undefined;
  ask(query: string, options?: AskOptions): Promise<Answer>;
  /** The data of an answer that must have no error. */
  data(query: string, options?: AskOptions): Promise<Readonly<Record<string, unknown>>>;
  /** The body of another path. */
  text(path: string): Promise<string>;
  /** What `action` cost. Nothing else may be asked meanwhile. */
  work(action: () => Promise<unknown>): Promise<Work>;
}

export interface TestMeshOptions {
  /** Product folders beside those of the configuration. */
  readonly furtherFolders?: readonly string[];
  /** What runs the operations; the configuration's choice by default. */
  readonly executor?: "reference" | "compiled";
  /** A database of the test's own: products name their schemas themselves. */
  readonly postgresUrl?: string;
  /** Every answer is made anew: for tests that count what it takes. */
  readonly keepsNothing?: boolean;
  /** Instead of the configuration's own. */
  readonly policies?: readonly string[];
  /** Products may fail to start, documents may have errors; otherwise either fails the test. */
  readonly allowsFailures?: boolean;
  /** Kept at the end, for another start; a fresh folder that is removed when left out. */
  readonly stateFolder?: string;
  readonly onEvent?: (event: ProductEvent) => void;
}

/** The repository's folder, with a slash at its end. */
export const repository: string = fileURLToPath(new URL("../", import.meta.url));

/** The example mesh, ready: every product serves. */
export async function startExampleMesh(options: TestMeshOptions = {}): Promise<TestMesh> {
  const { furtherFolders = [], postgresUrl, allowsFailures = false, onEvent = () => {} } = options;
  const state = options.stateFolder ?? (await mkdtemp(join(tmpdir(), "datamesh-test-")));
  const configured = await readConfig(join(repository, "datamesh.yaml"));
  const config = {
    ...configured,
    policies: options.policies ?? configured.policies,
    products: [...configured.products, ...furtherFolders.map((folder) => join(folder, "product.yaml"))],
    stateFolder: state,
    server: { ...configured.server, port: 0 },
    gateway: {
      ...configured.gateway,
      executor: options.executor ?? configured.gateway.executor,
      cache: { ...configured.gateway.cache, enabled: options.keepsNothing !== true },
    },
    storage: { ...configured.storage, postgresUrl },
    redis: undefined,
    events: { ...configured.events, url: undefined },
    logLevel: "silent" as const,
  };
  const faults: string[] = [];
  const mesh = await runMesh({
    config,
    logger: pino({ level: "silent" }),
    onFindings: (findings: readonly Finding[]) => {
      if (hasErrors(findings)) faults.push(...findings.map((finding) => printFinding(finding)));
    },
    onEvent,
  });
  for (const { product, state: reached, reason } of mesh.statuses()) {
    if (reached !== "serving") faults.push(`${product} does not serve: ${reason?.message ?? reached}`);
  }
  const close = async (): Promise<void> => {
    await mesh.close();
    if (options.stateFolder === undefined) await rm(state, { recursive: true, force: true });
  };
  if (faults.length > 0 && !allowsFailures) {
    await close();
    throw new Error(faults.join("\n"));
  }

  const key = await loadDevelopmentKey(state);
  const { principals } = config.authentication;
  const ask = async (query: string, { variables, as, purpose, client }: AskOptions = {}): Promise<Answer> => {
    const response = await fetch(`${mesh.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json",
        ...(as === undefined ? {} : { authorization: `Bearer ${await signDevelopmentToken({ key, principals, as })}` }),
        ...(purpose === undefined ? {} : { "mesh-purpose": purpose }),
        ...(client === undefined ? {} : { "apollographql-client-name": client }),
      },
      body: JSON.stringify({ query, variables }),
    });
    // The answer's shape is what the tests look at: a wrong one fails there.
    return { status: response.status, headers: response.headers, body: (await response.json()) as Answer["body"] };
  };
  const text = async (path: string): Promise<string> => (await fetch(`${mesh.url}${path}`)).text();

  return {
    url: mesh.url,
    statuses: () => mesh.statuses(),
    supergraph: () => mesh.supergraph(),
    ask,
    async data(query, askOptions) {
      const { body } = await ask(query, askOptions);
      if (body.errors !== undefined) throw new Error(`the answer has errors: ${JSON.stringify(body.errors)}`);
      if (body.data === undefined || body.data === null) throw new Error("the answer has no data");
      return body.data;
    },
    text,
    async work(action) {
      const statements: Record<string, number> = {};
      const stop = onStatement(({ product, purpose }) => {
        if (purpose === "read") statements[product] = (statements[product] ?? 0) + 1;
      });
      const before = await fetchCounts(text);
      try {
        await action();
      } finally {
        stop();
      }
      const requests: Record<string, number> = {};
      for (const [product, count] of await fetchCounts(text)) {
        const difference = count - (before.get(product) ?? 0);
        if (difference > 0) requests[product] = difference;
      }
      return { requests: byName(requests), statements: byName(statements) };
    },
    [Symbol.asyncDispose]: close,
  };
}

/** In the products' order, whichever was first this time. */
function byName(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Requests per subgraph so far, from the gateway's own metrics. */
async function fetchCounts(text: (path: string) => Promise<string>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const line = /^mesh_subgraph_fetch_duration_seconds_count\{.*?subgraph="([^"]+)".*?\} (\d+)$/gm;
  for (const [, product = "", count = "0"] of (await text("/metrics")).matchAll(line)) {
    counts.set(product, (counts.get(product) ?? 0) + Number(count));
  }
  return counts;
}
