/**
 * A mesh in this process, asked through its HTTP port as a consumer asks it.
 *
 * State is a fresh folder under the system's temporary folder, removed at the end; the port is ephemeral.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "graphql";
import { createGateway, createGovern, type SubgraphSource } from "#gateway";
import { createGraphQLHandler, createHttpServer, onlyGet } from "#http";
import { createProducts, onStatement, type Products } from "#platform";
import {
  createAuthenticator,
  createRules,
  createSigningKey,
  type DevelopmentPrincipal,
  developmentIssuer,
  type Policy,
  readGovernedCoordinates,
  readPolicy,
  signDevelopmentToken,
} from "#policies";
import { hasErrors, linkMesh, printFinding, readManifest } from "#schema";

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
  /** One of `principals`; without it the caller is anonymous. */
  readonly as?: keyof typeof principals;
  readonly purpose?: string;
  /** `apollographql-client-name`. */
  readonly client?: string;
}

/** How much was done for one answer, per product. */
export interface Work {
  /** Requests that the gateway sent. */
  readonly requests: Readonly<Record<string, number>>;
  /** SQL statements that the product's storage ran to read. */
  readonly statements: Readonly<Record<string, number>>;
}

export interface TestMesh extends AsyncDisposable {
  readonly url: string;
  readonly products: Products;
  ask(query: string, options?: AskOptions): Promise<Answer>;
  /** The data of an answer that must have no error. */
  data(query: string, options?: AskOptions): Promise<Readonly<Record<string, unknown>>>;
  /** The body of another path. */
  text(path: string): Promise<string>;
  /** What `action` cost. Nothing else may be asked meanwhile. */
  work(action: () => Promise<unknown>): Promise<Work>;
}

/** Who asks in tests. */
export const principals = {
  analyst: { roles: ["analyst"], purposes: ["marketing-analytics", "reporting"] },
  agent: { roles: ["customer-care"], purposes: ["customer-care", "order-fulfilment"] },
} satisfies Readonly<Record<string, DevelopmentPrincipal>>;

const subgraphs = new URL("../subgraphs/", import.meta.url);

/** The example's product folders. */
export const exampleFolders: readonly string[] = [
  "customers",
  "logistics",
  "orders",
  "payments",
  "products",
  "revenue",
].map((name) => fileURLToPath(new URL(name, subgraphs)));

/** The six products of `subgraphs/` and, if asked, further folders, in a mesh of their own. */
export async function startExampleMesh(
  options: {
    readonly furtherFolders?: readonly string[];
    readonly databaseUrl?: string;
    readonly databaseSchema?: (product: string) => string;
  } = {},
): Promise<TestMesh> {
  const { furtherFolders = [], databaseUrl, databaseSchema } = options;
  const state = await mkdtemp(join(tmpdir(), "datamesh-test-"));
  const manifests = await Promise.all(
    [...exampleFolders, ...furtherFolders].map(async (folder) => {
      const file = join(folder, "product.yaml");
      const { value, findings } = readManifest(await readFile(file, "utf8"), file);
      if (value === undefined) throw new Error(findings.map((finding) => printFinding(finding)).join("\n"));
      return value;
    }),
  );
  const { mesh, findings } = linkMesh(manifests);
  if (hasErrors(findings)) throw new Error(findings.map((finding) => printFinding(finding)).join("\n"));

  const policies = await readPolicies();
  const products = createProducts(mesh, {
    stateDir: state,
    databaseUrl,
    databaseSchema,
    runsSchedules: false,
    rules: (sdl) => createRules(policies, readGovernedCoordinates(parse(sdl))),
  });
  for (const { product, state: reached, reason } of await products.start()) {
    if (reached !== "serving") throw new Error(`${product} does not start: ${reason?.message ?? reached}`);
  }

  const key = await createSigningKey();
  const authenticator = createAuthenticator({ issuers: [developmentIssuer(key)] });
  const gateway = await createGateway({
    source: {
      kind: "subgraphs",
      subgraphs: products.all.flatMap(({ name, subgraph }): readonly SubgraphSource[] =>
        subgraph === undefined ? [] : [{ kind: "in-process", name, sdl: subgraph.sdl, subgraph }],
      ),
    },
    authenticate: (headers) => authenticator.authenticate(headers),
    govern: createGovern({ policies }),
  });
  const server = await createHttpServer({
    port: 0,
    graphql: createGraphQLHandler(gateway.service),
    routes: [
      {
        path: "/metrics",
        handler: onlyGet(async () => {
          const { contentType, body } = await gateway.metrics();
          return { status: 200, headers: { "content-type": contentType }, body };
        }),
      },
    ],
  });

  const ask = async (query: string, { variables, as, purpose, client }: AskOptions = {}): Promise<Answer> => {
    const response = await fetch(`${server.url}/graphql`, {
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

  const text = async (path: string): Promise<string> => (await fetch(`${server.url}${path}`)).text();

  return {
    url: server.url,
    products,
    ask,
    async data(query, options) {
      const { body } = await ask(query, options);
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
    async [Symbol.asyncDispose]() {
      await server.close();
      await gateway.close();
      await products.close();
      await rm(state, { recursive: true, force: true });
    },
  };
}

/** The global policies of the repository. */
async function readPolicies(): Promise<readonly Policy[]> {
  const folder = fileURLToPath(new URL("../policies/global/", import.meta.url));
  const files = (await readdir(folder)).filter((name) => name.endsWith(".yaml"));
  return Promise.all(
    files.map(async (name) => {
      const { value, findings } = readPolicy(await readFile(join(folder, name), "utf8"), name);
      if (value === undefined) throw new Error(findings.map((finding) => printFinding(finding)).join("\n"));
      return value;
    }),
  );
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
