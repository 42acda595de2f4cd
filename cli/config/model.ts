/**
 * The configuration of a mesh, `datamesh.yaml` (`kind: Mesh`): which products and policies, and how to run them.
 * Unknown keys are refused. `docs/reference/configuration.md` is written from the descriptions here.
 */
import { z } from "zod";
import { busAddress, redisAddress } from "./addresses.ts";
import { governanceSpec } from "./governance-model.ts";
import { maxWorkers } from "./worker-count.ts";

const duration = (fallback: string) =>
  z
    .string()
    .regex(/^\d+(ms|s|m|h|d)$/, "a duration such as 500ms, 30s, 5m or 1h")
    .default(fallback);
const someTime = z.string().regex(/^0*[1-9]\d*(ms|s|m|h|d)$/, "a duration above zero such as 500ms, 30s, 5m or 1h");
const bytes = (fallback: string) =>
  z
    .string()
    .regex(/^\d+(b|kb|mb|gb)$/i, "a size such as 512kb, 1mb or 2gb")
    .default(fallback);

/** As a gateway without a configuration has it (`defaultCacheOptions`): what the law protects most, and what opens doors. */
const mostSensitive = [
  "biometric",
  "credential",
  "criminal",
  "ethnicity",
  "genetic",
  "health",
  "orientation",
  "politics",
  "religion",
  "union",
];

const cacheMode = z.enum(["on", "shadow", "off"]);

const principal = z.strictObject({
  kind: z.enum(["user", "service"]).default("user").meta({ description: "Whether a person or a machine." }),
  roles: z.array(z.string()).default([]).meta({ description: "Roles that policies can name." }),
  purposes: z
    .array(z.string())
    .default([])
    .meta({ description: "Purposes that it may declare in the `mesh-purpose` header." }),
  attributes: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: "What conditions and row filters can read as `principal.attributes`." }),
  claims: z.record(z.string(), z.unknown()).default({}).meta({ description: "Further claims of its tokens." }),
});

const claimNames = z
  .union([z.string(), z.array(z.string())])
  .transform((names) => (typeof names === "string" ? [names] : names));

const apiKey = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, "a name of letters, digits, `.`, `_` and `-`")
    .meta({ description: "Whose it is; the principal's id is `api-key:` and the name." }),
  hash: z
    .string()
    .regex(/^sha256:[A-Za-z0-9_-]{43}$/, "a hash as `datamesh api-key create` prints it, never the key itself")
    .meta({ description: "Hash of the key, as `datamesh api-key create` prints it." }),
  expires: z.iso
    .datetime({ offset: true })
    .or(z.iso.date())
    .optional()
    .meta({ description: "From when on it is refused: a date (midnight UTC) or a time." }),
  roles: z.array(z.string()).default([]).meta({ description: "Roles that policies can name." }),
  purposes: z.array(z.string()).default([]).meta({ description: "Purposes that it may declare." }),
  attributes: z
    .record(z.string(), z.unknown())
    .default({})
    .meta({ description: "What conditions and row filters can read as `principal.attributes`." }),
});

const issuer = z.strictObject({
  issuer: z.string().meta({ description: "The `iss` claim of its tokens." }),
  audience: z
    .union([z.string(), z.array(z.string()).min(1)])
    .meta({ description: "The `aud` claim that a token must have; of several, one." }),
  jwks: z.string().meta({ description: "Its public keys: a file (JWKS) relative to this document, or an https URL." }),
  algorithms: z
    .array(z.enum(["RS256", "PS256", "ES256", "ES384", "EdDSA"]))
    .default(["RS256", "ES256", "EdDSA"])
    .meta({ description: "Signature algorithms that are accepted." }),
  claims: z
    .strictObject({
      id: z.string().default("sub").meta({ description: "Who it is." }),
      roles: claimNames.default(["roles"]).meta({ description: "Roles; those of several claims are joined." }),
      purposes: claimNames.default(["purposes"]).meta({ description: "Purposes that may be declared; likewise." }),
      kind: z.string().default("kind").meta({ description: "Says `service` for machines." }),
      scopes: claimNames
        .default(["scope", "scp"])
        .meta({ description: "OAuth scopes, which become the attribute `scopes`." }),
      attributes: z
        .record(z.string(), z.string())
        .default({})
        .meta({ description: "By attribute of the principal, the claim that has its value." }),
    })
    .prefault({})
    .meta({
      description:
        "Which claim of its tokens says what: a name as it is written, or a path such as `realm_access.roles`.",
    }),
});

export const meshDocument = z
  .strictObject({
    apiVersion: z.literal("datamesh.io/v1").meta({ description: "The version of this format." }),
    kind: z.literal("Mesh").meta({ description: "What the document is." }),
    metadata: z
      .strictObject({ name: z.string().min(1).meta({ description: "The mesh's name, for logs and the console." }) })
      .meta({ description: "What the mesh is called." }),
    spec: z
      .strictObject({
        products: z
          .array(z.string())
          .default(["subgraphs/*/product.yaml"])
          .meta({ description: "Manifests of the products, as paths or globs relative to this document." }),
        policies: z
          .array(z.string())
          .default(["policies/global/*.yaml"])
          .meta({ description: "Global policy documents, as paths or globs relative to this document." }),
        state: z
          .string()
          .default(".datamesh")
          .meta({ description: "Folder for published data, keys and ledgers, relative to this document." }),
        server: z
          .strictObject({
            host: z.string().default("127.0.0.1").meta({ description: "Address to listen on." }),
            port: z
              .int()
              .min(0)
              .max(65535)
              .default(4000)
              .meta({ description: "Port to listen on; 0 takes a free one." }),
            bodyLimit: bytes("1mb").meta({ description: "Largest request body; more is answered with 413." }),
            shutdownGrace: duration("10s").meta({
              description: "How long requests in flight may take to finish at shutdown.",
            }),
            corsOrigins: z
              .array(z.string())
              .default([])
              .meta({ description: "Origins whose pages may call the endpoint from a browser; none by default." }),
            batching: z
              .strictObject({
                enabled: z.boolean().default(false).meta({
                  description: "Whether a request may have a list of operations, as Apollo's batch link sends it.",
                }),
                max: z.int().positive().default(10).meta({ description: "How many operations a list may have." }),
              })
              .prefault({})
              .meta({ description: "Lists of operations." }),
            workers: z
              .union([z.literal("auto"), z.int().min(1).max(maxWorkers)])
              .default(1)
              .meta({
                description:
                  "Processes that answer: a number, or `auto` for one per core. With 1 the process that runs the products answers too. `datamesh dev` takes no notice of it.",
              }),
          })
          .prefault({})
          .meta({ description: "The HTTP server." }),
        gateway: z
          .strictObject({
            executor: z.enum(["compiled", "reference"]).default("compiled").meta({
              description:
                "What runs operations: `compiled` is the mesh's own engine; `reference` is @apollo/gateway's executor, to compare with: it needs several times the CPU and more subgraph requests.",
            }),
            replayMemory: bytes("16mb").meta({
              description:
                "How much is kept of earlier runs of operations: subgraph answers that have not changed since are not parsed and written again, though every subgraph is asked for what `cache` does not keep. 0b keeps nothing.",
            }),
            planning: z
              .strictObject({
                timeout: duration("10s").meta({
                  description:
                    "How long one operation may take to plan; one that takes longer is refused for a minute.",
                }),
                memory: bytes("1gb").meta({
                  description: "Of the worker that plans; an operation that needs more is refused for a minute.",
                }),
                idle: duration("5m").meta({
                  description:
                    "After so long without a new operation the worker is ended, for its memory; the next new operation waits half a second for another.",
                }),
              })
              .prefault({})
              .meta({ description: "How operations that were not seen before are planned, in a worker thread." }),
            warmUp: z
              .strictObject({
                operations: z.int().nonnegative().default(200).meta({
                  description: "The most used operations, those with other conditions or other rights counted apart.",
                }),
                timeout: duration("10s").meta({ description: "How long a new graph waits for them at most." }),
              })
              .prefault({})
              .meta({
                description: "What is planned before a new graph takes over, so that clients do not wait for it.",
              }),
            planStore: z
              .strictObject({
                enabled: z.boolean().default(true).meta({ description: "Whether plans are kept in `redis`." }),
                literals: z.boolean().default(false).meta({
                  description:
                    "Whether also of operations whose text holds strings or numbers of more than four digits, which may be personal data; clients that use variables have none.",
                }),
                ttl: duration("30d").meta({ description: "How long they are kept." }),
              })
              .prefault({})
              .meta({ description: "Plans that outlive the process, where there is a Redis." }),
            cache: z
              .strictObject({
                enabled: z.boolean().default(true).meta({
                  description:
                    "Whether anything is kept of what products answer, as far as they allow it: `outputs[].cache` of a manifest, `@cacheControl`, `Cache-Control`.",
                }),
                mode: cacheMode.default("on").meta({
                  description:
                    "For products that `products` does not name. `on`: it is kept and served. `shadow`: it is kept and compared with what is fetched all the same, to see what keeping it would bring. `off`.",
                }),
                products: z
                  .record(z.string(), cacheMode)
                  .default({})
                  .meta({ description: "The mode of single products, by name." }),
                memory: bytes("64mb").meta({
                  description: "How much is kept in the process, entities and root answers; the least used go first.",
                }),
                responses: bytes("32mb").meta({
                  description: "How much is kept of whole answers, besides. 0b keeps none.",
                }),
                entry: bytes("1mb").meta({ description: "What is larger is not kept." }),
                longest: someTime.default("1d").meta({
                  description: "Nothing is kept for longer, whatever a product says.",
                }),
                negative: duration("10s").meta({
                  description: "How long it is remembered that there is no such entity.",
                }),
                shared: z.boolean().default(true).meta({
                  description:
                    "Whether gateways share what they keep, and tell each other what is no longer true, where there is a `redis`. Personal data are sealed there with the key ring; without one they are kept in the process alone.",
                }),
                unshared: z
                  .array(z.string().min(1))
                  .default([...mostSensitive])
                  .meta({
                    description:
                      "Categories of personal data that are kept in the process alone, however they would be sealed.",
                  }),
              })
              .prefault({})
              .meta({ description: "What is kept of products' answers, and where." }),
            introspection: z.boolean().default(true).meta({ description: "Whether clients may ask for the schema." }),
            persistedQueries: z
              .strictObject({
                enabled: z.boolean().default(true).meta({
                  description: "Whether clients may register a query's text by its hash and then send the hash alone.",
                }),
                memory: bytes("16mb").meta({ description: "How much of such texts is kept; the least used go first." }),
                ttl: duration("1d").meta({
                  description: "How long `redis`, where there is one, keeps a text that nobody asks for.",
                }),
              })
              .prefault({})
              .meta({ description: "Automatic persisted queries." }),
            trustedDocuments: z.string().optional().meta({
              description:
                "Manifest of queries that clients may ask for by their ids, relative to this document: Apollo's persisted query manifest or a map of ids to texts. Read again on SIGHUP, at every reload and every `pollInterval`.",
            }),
            trustedOnly: z.boolean().default(false).meta({
              description:
                "Whether any query that is none of the trusted documents is refused, introspection included.",
            }),
            exposeSubgraphMessages: z
              .boolean()
              .default(false)
              .meta({ description: "Whether clients see the messages of failing subgraphs, or only that one failed." }),
            subgraphTimeout: duration("30s").meta({
              description: "How long one subgraph request may take, its retries included.",
            }),
            subgraphTimeouts: z
              .record(z.string(), someTime)
              .default({})
              .meta({ description: "The same for subgraphs that need another time, by name." }),
            subgraphResponseLimit: bytes("64mb").meta({ description: "Largest subgraph response that is read." }),
            subgraphConnections: z
              .int()
              .positive()
              .default(64)
              .meta({ description: "Connections to one subgraph at most; further requests wait for one." }),
            retry: z
              .strictObject({
                retries: z
                  .int()
                  .min(0)
                  .max(5)
                  .default(1)
                  .meta({ description: "How often one request is sent again at most; 0 for never." }),
                budget: z.number().min(0).max(1).default(0.2).meta({
                  description:
                    "Retries for each request to a subgraph, over time: with 0.2 every fifth may be sent again. One a second always may.",
                }),
              })
              .prefault({})
              .meta({
                description:
                  "Queries to a subgraph that does not answer at all, or only with HTTP status 502, 503 or 504, are sent again. Mutations never are.",
              }),
            circuitBreaker: z
              .strictObject({
                enabled: z.boolean().default(true).meta({ description: "Whether there is one." }),
                failureRate: z.number().gt(0).max(1).default(0.5).meta({
                  description: "Share of requests without a GraphQL answer at which the subgraph is no longer asked.",
                }),
                minRequests: z
                  .int()
                  .positive()
                  .default(20)
                  .meta({ description: "Requests within the window before it may come to that." }),
                window: someTime.default("10s").meta({ description: "The time over which requests are counted." }),
                openFor: someTime.default("5s").meta({
                  description: "How long it is not asked then. After that, one request tries whether it answers.",
                }),
              })
              .prefault({})
              .meta({ description: "Stops asking a subgraph that keeps failing: what needs it fails at once." }),
            deduplicate: z.enum(["none", "fetches", "requests", "all"]).default("all").meta({
              description:
                "Which identical queries of one caller are done once when they are under way at the same time: `fetches` to subgraphs, `requests` of clients, or `all` of both. Who asks after a mutation never joins a query from before it, as far as both went through the same process.",
            }),
            propagateHeaders: z
              .array(z.string())
              .default([])
              .meta({ description: "Client headers that subgraphs get; none by default." }),
            limits: z
              .strictObject({
                bytes: bytes("256kb").meta({ description: "Text of a query; more is answered with 413." }),
                tokens: z.int().positive().default(10_000).meta({ description: "Lexical tokens of a query." }),
                depth: z.int().positive().default(40).meta({ description: "Nesting of fields." }),
                fields: z
                  .int()
                  .positive()
                  .default(2_000)
                  .meta({ description: "Fields, fragments counted at every use." }),
                aliases: z.int().nonnegative().default(100).meta({ description: "Aliased fields." }),
                rootFields: z.int().positive().default(50).meta({ description: "Fields at the root." }),
                cost: z.int().positive().optional().meta({
                  description:
                    "Estimated cost of one operation, by `@cost` and `@listSize` in the schema: 1 for each object that it may fetch, unless the schema says otherwise. Not limited by default.",
                }),
                listSize: z.int().positive().default(10).meta({
                  description: "How long a list without `@listSize` counts as when costs are estimated.",
                }),
              })
              .prefault({})
              .meta({ description: "What a query may be at most." }),
            remote: z
              .record(
                z.string(),
                z.strictObject({ url: z.url().meta({ description: "GraphQL URL of the subgraph." }) }),
              )
              .default({})
              .meta({
                description: "Products that run elsewhere (`datamesh serve`), by name; all others run in this process.",
              }),
            pollInterval: duration("10s").meta({
              description:
                "How often products that run elsewhere are asked for their schema, absent ones whether they are back, and a supergraph file is read again.",
            }),
            maxClients: z
              .int()
              .positive()
              .default(100)
              .meta({ description: "Distinct client names in metrics; the rest is counted as `other`." }),
          })
          .prefault({})
          .meta({ description: "How the graph answers." }),
        redis: z
          .strictObject({
            url: redisAddress.default("").meta({
              description:
                "A Redis for what may be kept outside of the process: `redis://host:6379`, `redis+sentinel://host:26379,host:26379/master`, `redis+cluster://host:7000,host:7001`, or `rediss…` with TLS; user and password before an `@`. Empty: there is none. The mesh starts and goes on without it while it does not answer.",
            }),
            prefix: z.string().default("datamesh:").meta({ description: "Before every key." }),
            timeout: duration("50ms").meta({
              description: "How long one command may take before it counts as failed.",
            }),
          })
          .prefault({})
          .meta({ description: "What the gateway and products keep outside of their processes." }),
        events: z
          .strictObject({
            url: busAddress.default("").meta({
              description:
                "The event bus, on which products tell what changed: `nats://host:4222` (NATS with JetStream; `tls://` with TLS), or a Redis as in `redis.url` (Redis 7 or later). Empty: it is in the process, which does for a mesh in one.",
            }),
            prefix: z
              .string()
              .regex(/^[\w-]{1,100}$/, "1 to 100 letters, digits, `-` and `_`")
              .default("datamesh")
              .meta({ description: "Begins the name of everything on the server, so that meshes can share one." }),
            keep: someTime.default("1d").meta({
              description: "How long the server keeps an event that everybody has handled.",
            }),
            maxEvents: z.int().positive().default(100_000).meta({
              description:
                "How many events the server keeps in each of eight partitions, handled or not. Whoever falls further behind is told that it lost some; a gateway then forgets all that it keeps.",
            }),
            replicas: z.int().min(1).max(5).default(1).meta({
              description: "Servers of a NATS cluster that keep a copy of each event.",
            }),
            timeout: someTime.default("2s").meta({
              description: "How long one command to the server may take before it counts as failed.",
            }),
          })
          .prefault({})
          .meta({ description: "How products tell gateways and others what changed." }),
        storage: z
          .strictObject({
            postgresUrl: z.string().default("").meta({
              description: "PostgreSQL for products that say `storage: postgres`; empty: they are kept in DuckDB.",
            }),
          })
          .prefault({})
          .meta({ description: "Where products keep their rows." }),
        ingestion: z
          .strictObject({
            allowedHosts: z
              .array(z.string())
              .default([])
              .meta({ description: "Hosts besides this machine's loopback that inputs may be read from." }),
          })
          .prefault({})
          .meta({ description: "How inputs are read." }),
        authentication: z
          .strictObject({
            development: z.boolean().default(false).meta({
              description:
                "Trust tokens of `datamesh token`, signed with a key in the state folder. Never in production.",
            }),
            principals: z
              .record(z.string(), principal)
              .default({})
              .meta({ description: "Example principals for `datamesh token --as <name>`." }),
            issuers: z.array(issuer).default([]).meta({ description: "Identity providers whose tokens are accepted." }),
            apiKeys: z.array(apiKey).default([]).meta({
              description: "Keys of machines, sent in the header `mesh-api-key`; only their hashes stand here.",
            }),
            clockTolerance: duration("30s").meta({
              description: "By how much the clocks of issuers may differ from this machine's.",
            }),
            maxTokenSize: bytes("8kb").meta({ description: "Longer tokens are refused unread." }),
            gatewayKeys: z.string().optional().meta({
              description:
                "For `datamesh serve`: the gateway's public keys, a JWKS file relative to this document or a URL. Default: gateway.jwks.json in the state folder, where a gateway with the same state folder puts them.",
            }),
          })
          .prefault({})
          .meta({ description: "Who callers are." }),
        governance: governanceSpec.prefault({}).meta({ description: "How policies are carried out." }),
        upstreams: z
          .record(
            z.string(),
            z.strictObject({
              url: z.url().meta({ description: "Where its `datamesh serve` listens." }),
              token: z.string().optional().meta({
                description:
                  "Token of a service with the role `mesh-product`. With authentication.development one is made when it is left out.",
              }),
            }),
          )
          .default({})
          .meta({ description: "For `datamesh serve`: where products that are read as inputs run, by name." }),
        console: z
          .strictObject({
            enabled: z.boolean().default(true).meta({ description: "Whether `/` shows the query console." }),
            examples: z
              .array(z.string())
              .default([])
              .meta({ description: "GraphQL files shown as examples, as paths or globs relative to this document." }),
          })
          .prefault({})
          .meta({ description: "The query console." }),
        log: z
          .strictObject({
            level: z
              .enum(["trace", "debug", "info", "warn", "error", "silent"])
              .default("info")
              .meta({ description: "Least level that is logged." }),
          })
          .prefault({})
          .meta({ description: "Logging." }),
      })
      .prefault({})
      .meta({ description: "The mesh." }),
  })
  .meta({ title: "Mesh", description: "Configuration of a mesh." });
