/**
 * A subgraph behind GraphQL over HTTP, for a product that runs on its own: who asks is proven by headers, and only the
 * mesh's gateway gets values before they are masked.
 */
import { getOperationAST, parse } from "graphql";
import { LRUCache } from "lru-cache";
import { type GraphQLParams, type GraphQLService, type HttpRequest, type Prepared, toAbortSignal } from "#http";
import {
  AuthenticationError,
  apiKeyHeader,
  gatewayTokenHeader,
  purposeHeader,
  type SubgraphAuthenticator,
} from "#policies";
import { ClientError } from "#schema";
import type { Subgraph } from "./subgraph.ts";

type OperationType = "query" | "mutation" | "subscription";

/** In: a subgraph and how its callers are told apart. Out: the service for `createGraphQLHandler`. */
export function createSubgraphService(
  subgraph: () => Subgraph | undefined,
  authenticator: SubgraphAuthenticator,
): GraphQLService {
  const typeByText = new LRUCache<string, OperationType>({ max: 1_000, maxSize: 4_000_000, sizeCalculation: lengthOf });

  return {
    async prepare(params: GraphQLParams, request: HttpRequest): Promise<Prepared> {
      const { query, operationName, variables } = params;
      if (query === undefined) return rejected(400, "BAD_REQUEST", "The request has no `query`.");
      const served = subgraph();
      if (served === undefined) return rejected(503, "PRODUCT_NOT_PUBLISHED", "The product is not serving yet.");
      try {
        const { caller, masking } = await authenticator.authenticate(request.headers);
        return {
          kind: "ready",
          operationType: operationTypeOf(typeByText, query, operationName),
          run: async () => {
            const signal = toAbortSignal(request.signal);
            const answer = await served
              .execute({ query, operationName, variables, caller, masking, signal })
              .catch(refuse);
            if (answer instanceof ClientError) {
              const { code, message, status } = answer;
              return { body: { errors: [{ message, extensions: { code } }] }, hasData: false, status };
            }
            const { cacheControl, ...body } = answer;
            const hasData = body.data !== undefined;
            const headers = cacheControl === undefined ? {} : { headers: cacheHeaders(cacheControl) };
            return { body, hasData, ...(hasData ? {} : { status: 400 }), ...headers };
          },
        };
      } catch (error) {
        if (!(error instanceof AuthenticationError)) throw error;
        const { code, message, status, headers } = error;
        return { ...rejected(status, code, message), headers };
      }
    },
  };
}

/** Whoever keeps an answer that may be kept must not give it to another caller (RFC 9110, section 12.5.5). */
function cacheHeaders(cacheControl: string): Readonly<Record<string, string>> {
  return { "cache-control": cacheControl, ...(cacheControl === "no-store" ? {} : { vary: askers }) };
}

/** The headers by which callers are told apart. */
const askers: string = ["authorization", apiKeyHeader, gatewayTokenHeader, purposeHeader].join(", ");

/** What keeps the product from answering at all is told; anything else is a fault. */
function refuse(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  throw error;
}

/** What a text without a single clear operation is does not matter: running it gives the errors. */
function operationTypeOf(
  known: LRUCache<string, OperationType>,
  query: string,
  name: string | undefined,
): OperationType {
  const key = `${name ?? ""}\n${query}`;
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered;
  let type: OperationType = "query";
  try {
    type = getOperationAST(parse(query, { noLocation: true, maxTokens: 10_000 }), name)?.operation ?? "query";
  } catch {
    // A syntax error is told by execution, with its place.
  }
  known.set(key, type);
  return type;
}

function rejected(status: number, code: string, message: string): Prepared & { kind: "rejected" } {
  return { kind: "rejected", status, result: { errors: [{ message, extensions: { code } }] } };
}

function lengthOf(_value: unknown, key: string): number {
  return key.length + 16;
}
