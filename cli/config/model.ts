/**
 * The configuration of a mesh, `datamesh.yaml` (`kind: Mesh`): which products and policies, and how to run them.
 * Unknown keys are refused. `docs/reference/configuration.md` is written from the descriptions here.
 */
import { z } from "zod";

const duration = (fallback: string) =>
  z
    .string()
    .regex(/^\d+(ms|s|m|h|d)$/, "a duration such as 500ms, 30s, 5m or 1h")
    .default(fallback);
const bytes = (fallback: string) =>
  z
    .string()
    .regex(/^\d+(b|kb|mb|gb)$/i, "a size such as 512kb, 1mb or 2gb")
    .default(fallback);

const principal = z.strictObject({
  kind: z.enum(["user", "service"]).default("user").meta({ description: "Whether a person or a machine." }),
  roles: z.array(z.string()).default([]).meta({ description: "Roles that policies can name." }),
  purposes: z
    .array(z.string())
    .default([])
    .meta({ description: "Purposes that it may declare in the `mesh-purpose` header." }),
  claims: z.record(z.string(), z.unknown()).default({}).meta({ description: "Further claims of its tokens." }),
});

const issuer = z.strictObject({
  issuer: z.string().meta({ description: "The `iss` claim of its tokens." }),
  audience: z.string().meta({ description: "The `aud` claim that a token must have." }),
  jwks: z.string().meta({ description: "Its public keys: a file (JWKS) relative to this document, or an https URL." }),
  algorithms: z
    .array(z.enum(["RS256", "PS256", "ES256", "ES384", "EdDSA"]))
    .default(["RS256", "ES256", "EdDSA"])
    .meta({ description: "Signature algorithms that are accepted." }),
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
          })
          .prefault({})
          .meta({ description: "The HTTP server." }),
        gateway: z
          .strictObject({
            executor: z.enum(["reference", "compiled"]).default("reference").meta({
              description:
                "What runs operations: `reference` is @apollo/gateway's executor, `compiled` our own engine, which needs less CPU and fewer subgraph requests and is younger.",
            }),
            introspection: z.boolean().default(true).meta({ description: "Whether clients may ask for the schema." }),
            exposeSubgraphMessages: z
              .boolean()
              .default(false)
              .meta({ description: "Whether clients see the messages of failing subgraphs, or only that one failed." }),
            subgraphTimeout: duration("30s").meta({ description: "How long one subgraph request may take." }),
            subgraphResponseLimit: bytes("64mb").meta({ description: "Largest subgraph response that is read." }),
            propagateHeaders: z
              .array(z.string())
              .default([])
              .meta({ description: "Client headers that subgraphs get; none by default." }),
            limits: z
              .strictObject({
                tokens: z.int().positive().default(10_000).meta({ description: "Lexical tokens of a query." }),
                depth: z.int().positive().default(40).meta({ description: "Nesting of fields." }),
                fields: z
                  .int()
                  .positive()
                  .default(2_000)
                  .meta({ description: "Fields, fragments counted at every use." }),
                aliases: z.int().nonnegative().default(100).meta({ description: "Aliased fields." }),
                rootFields: z.int().positive().default(50).meta({ description: "Fields at the root." }),
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
            gatewayKeys: z.string().optional().meta({
              description:
                "For `datamesh serve`: the gateway's public keys, a JWKS file relative to this document or a URL. Default: gateway.jwks.json in the state folder, where a gateway with the same state folder puts them.",
            }),
          })
          .prefault({})
          .meta({ description: "Who callers are." }),
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
