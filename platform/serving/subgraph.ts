/**
 * One product's GraphQL output port: a federation subgraph that can be called in process or put behind HTTP.
 *
 * In: a linked product, its storage's snapshots, its extension, the rules that govern it. Out: a subgraph. The way of an
 * operation: parse and validate (once per text) → execute: resolvers → loaders → SQL → snapshot → answer with the
 * versions that were read.
 */
import { buildSubgraphSchema } from "@apollo/subgraph";
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  isObjectType,
  parse,
  print,
} from "graphql";
import { type Caller, type ContextAccess, createFieldReads, governSchema, type MaskSetup, type Rules } from "#policies";
import type { LinkedProduct, MeshModel } from "#schema";
import { platformError } from "../errors.ts";
import type { Snapshots } from "../storage/port.ts";
import type { AggregateCache, AggregateOptions } from "./aggregate-cache/aggregate-cache.ts";
import { keepAggregates } from "./aggregate-cache/kept-aggregates.ts";
import { wantsCacheControl } from "./extension/cache-control.ts";
import { markExtension } from "./extension/mark-extension.ts";
import { type ExtensionFiles, readExtension } from "./extension/read-extension.ts";
import { answerLifetime } from "./lifetime/answer-lifetime.ts";
import { readLifetimeFacts } from "./lifetime/lifetime-facts.ts";
import { buildServedProduct } from "./model/build-served-product.ts";
import { answerError, type HiddenError, requestError } from "./operation/answer-error.ts";
import { createPreparedOperations } from "./operation/prepared-operations.ts";
import { productsExtension } from "./operation/products-extension.ts";
import { recordAccess, type SubgraphAudit } from "./operation/record-access.ts";
import type { InterfacesByType } from "./request/row-access.ts";
import { createServingContext, type ServingContext } from "./request/serving-context.ts";
import { buildResolvers, type SubgraphResolvers } from "./resolvers/build-resolvers.ts";
import { assertDistinctNames } from "./sdl/assert-distinct-names.ts";
import { printSubgraphSdl } from "./sdl/subgraph-sdl.ts";

export interface Subgraph {
  /** The product's name. */
  readonly name: string;
  /** What `_service { sdl }` answers and composition reads. */
  readonly sdl: string;
  readonly schema: GraphQLSchema;
  /**
   * Never throws for a wrong operation: errors are in the response, as the GraphQL specification (section 7) says. Raises
   * AUDIT_UNAVAILABLE when a direct read could not be recorded.
   */
  execute(call: SubgraphCall): Promise<SubgraphAnswer>;
}

export interface SubgraphCall {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly caller: Caller;
  /**
   * Who applies the masks: `here` for every caller but the mesh's own gateway, which says `gateway` (proven by its
   * signed token, or by being in the same process) and then gets raw values for exactly this caller and masks them itself.
   * Denials are enforced here in both cases.
   */
  readonly masking: "here" | "gateway";
  readonly signal?: AbortSignal | undefined;
}

export interface SubgraphAnswer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Record<string, unknown>;
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** How long the answer may be kept, as HTTP's header says it; absent where neither hints nor an objective speak of it. */
  readonly cacheControl?: string;
}

export interface SubgraphOptions {
  readonly product: LinkedProduct;
  /** For the key types of the products it refers to. */
  readonly mesh: MeshModel;
  /** Where the rows are; asked for a snapshot at most once per operation. */
  readonly snapshots: Snapshots;
  /** The product's `schema.graphql` and `resolvers.ts`. */
  readonly extension?: ExtensionFiles | undefined;
  /** Enforced around every governed field; without them nothing is masked or denied. */
  readonly rules?: Rules | undefined;
  /** Keys, vault and functions of the masks; without them masks that need a key redact. */
  readonly masks?: MaskSetup | undefined;
  /** Records direct reads of personal data; what the gateway asks is recorded there. */
  readonly audit?: SubgraphAudit | undefined;
  /** Keeps results of aggregates that took long; by default nothing is kept. */
  readonly aggregates?: AggregateCache | undefined;
  readonly aggregateOptions?: AggregateOptions | undefined;
  /** For the age of the data in the answers. */
  readonly now?: (() => Date) | undefined;
  /** Gets what was hidden from a client, under the id that the client got. May hold data values: keep it inside. */
  readonly onError?: ((error: HiddenError) => void) | undefined;
}

/**
 * A subgraph for the product. Raises `SUBGRAPH_INVALID` when its tables cannot be offered as GraphQL and
 * `PRODUCT_EXTENSION_INVALID` when `schema.graphql` or `resolvers.ts` do not fit them.
 */
export function createSubgraph(options: SubgraphOptions): Subgraph {
  const { snapshots, now = () => new Date(), onError = () => {} } = options;
  const product = buildServedProduct(options.product, options.mesh);
  const generated = parse(printSubgraphSdl(product, wantsCacheControl(options.extension?.schema?.text)));
  assertDistinctNames(product.name, generated);
  const extension = readExtension(product, options.extension ?? {}, buildSubgraphSchema([{ typeDefs: generated }]));
  const documents = extension === undefined ? [generated] : [generated, markExtension(product, extension)];
  const sdl = documents.map(print).join("\n\n");
  const resolvers = buildResolvers(product, extension);
  const executable = buildExecutable(documents, resolvers, sdl, options.extension);
  const schema = options.rules === undefined ? executable : governed(executable, options.rules, options.masks);
  const interfaces = interfacesOf(schema);
  const lifetimeFacts = readLifetimeFacts(product, extension, {
    sdl: parse(sdl),
    schema,
    rules: options.rules,
    interfaces,
  });
  const prepare = createPreparedOperations(schema, lifetimeFacts);
  const aggregates = options.aggregates && keepAggregates(product.name, options.aggregates, options.aggregateOptions);
  const show = (error: GraphQLError) => answerError(error, product.name, onError);

  return {
    name: product.name,
    sdl,
    schema,
    async execute({ query, operationName, variables, caller, masking, signal }) {
      const operation = prepare(query);
      if (operation.kind === "refused") return { errors: operation.errors.map(show) };
      const { audit, rules } = options;
      const reads = audit === undefined || masking === "gateway" ? undefined : createFieldReads();
      const place = reads && (await audit?.log.reserve(signal));
      const context = createServingContext({
        product,
        interfaces,
        snapshots,
        caller,
        masking,
        signal,
        rules,
        reads,
        aggregates,
      });
      let result: ExecutionResult | undefined;
      try {
        result = await execute({
          schema,
          document: operation.document,
          contextValue: context,
          variableValues: variables,
          operationName,
        });
      } finally {
        context.end();
        if (audit !== undefined && reads !== undefined && place !== undefined) {
          const outcome = result?.data === null || result?.data === undefined ? "failed" : "answered";
          recordAccess(place, audit, reads, { query, operationName, caller }, outcome);
        }
      }
      // Nothing ran (specification 7.1.1: no `data` then): the variables or the operation's name are wrong.
      if (result.data === undefined) {
        return { errors: (result.errors ?? []).map((error) => requestError(error, product.name)) };
      }
      const answeredAt = now();
      const { snapshot } = context;
      const extensions = productsExtension(product, snapshot, answeredAt);
      const answered = snapshot && {
        isPartial: result.errors !== undefined,
        checkedAt: snapshot.checkedAt,
        isForCaller: context.isForCaller,
        isLimited: context.access.isLimited,
        isMasked: rules !== undefined && masking === "here",
      };
      const lifetime = operation.lifetimes(operationName);
      const cacheControl = answerLifetime(lifetime, answered, product.freshnessSeconds, answeredAt);
      return {
        data: result.data,
        ...(result.errors === undefined ? {} : { errors: result.errors.map(show) }),
        ...(extensions === undefined ? {} : { extensions }),
        ...(cacheControl === undefined ? {} : { cacheControl }),
      };
    },
  };
}

function interfacesOf(schema: GraphQLSchema): InterfacesByType {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  return new Map(types.map((type) => [type.name, type.getInterfaces().map(({ name }) => name)]));
}

function governed(schema: GraphQLSchema, rules: Rules, masks: MaskSetup | undefined): GraphQLSchema {
  const access: ContextAccess<ServingContext> = {
    caller: (context) => context.caller,
    masking: (context) => context.masking,
    reads: (context) => context.reads,
  };
  return governSchema(schema, rules, access, masks);
}

function buildExecutable(
  documents: readonly DocumentNode[],
  resolvers: SubgraphResolvers,
  sdl: string,
  files: ExtensionFiles | undefined,
): GraphQLSchema {
  // The SDL as written, without the federation machinery that the library adds to the executable schema.
  const withSdl = { ...resolvers, Query: { ...resolvers.Query, _service: () => ({ sdl }) } };
  try {
    return buildSubgraphSchema(
      documents.map((typeDefs, index) => ({
        typeDefs,
        // The library types resolvers by parent and context; ours are made for this one schema and context.
        ...(index === 0 ? { resolvers: withSdl as never } : {}),
      })),
    );
  } catch (error) {
    // The generated document alone was built before: what is wrong came with the extension.
    const message = error instanceof Error ? error.message : String(error);
    throw platformError("PRODUCT_EXTENSION_INVALID", `${files?.schema?.file ?? "schema.graphql"}: ${message}`, {
      cause: error,
    });
  }
}
