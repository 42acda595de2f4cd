/** A GraphQLService over a small schema, by graphql-js alone: what the tests of this folder serve. */
import { buildSchema, execute, type GraphQLSchema, getOperationAST, getVariableValues, parse, validate } from "graphql";
import { createGraphQLHandler, type GraphQLHandlerOptions } from "./graphql-handler.ts";
import type { GraphQLService, Prepared } from "./graphql-service.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "./message.ts";

const testSchema: GraphQLSchema = buildSchema(`
  type Query { hello(name: String): String echo(value: [Int]): [Int] failing: String! }
  type Mutation { touch: Int }
  type Subscription { ticks: Int }
`);

const rootValue = {
  hello: ({ name }: { name?: string }) => `Hello ${name ?? "you"}`,
  echo: ({ value }: { value: number[] }) => value,
  failing: () => {
    throw new Error("no");
  },
  touch: () => 1,
};

function createSchemaService(schema: GraphQLSchema, root: unknown): GraphQLService {
  const reject = (errors: readonly { toJSON(): unknown }[]): Prepared => ({
    kind: "rejected",
    status: 400,
    result: JSON.parse(JSON.stringify({ errors })),
  });
  return {
    prepare({ query = "", operationName, variables }): Prepared {
      try {
        const document = parse(query);
        const errors = validate(schema, document);
        if (errors.length > 0) return reject(errors);
        const operation = getOperationAST(document, operationName);
        if (!operation) throw new Error("validated documents have the operation");
        const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], variables ?? {});
        if (coerced.errors !== undefined) return reject(coerced.errors);
        return {
          kind: "ready",
          operationType: operation.operation,
          run: async () => {
            const result = await execute({
              schema,
              document,
              rootValue: root,
              operationName,
              variableValues: variables,
            });
            return { body: JSON.stringify(result), hasData: result.data !== undefined };
          },
        };
      } catch (error) {
        return reject([error as { toJSON(): unknown }]); // graphql's parser throws GraphQLError
      }
    },
  };
}

export interface TestRequest {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | object;
  readonly signal?: AbortSignal;
}

/** A request with defaults of an ordinary client: POST, JSON in and `application/graphql-response+json` out. */
export function request(parts: TestRequest = {}): HttpRequest {
  const { method = "POST", url = "/graphql", body } = parts;
  const bytes =
    body === undefined || body instanceof Uint8Array
      ? body
      : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const defaults = { accept: "application/graphql-response+json" };
  const typed = method === "POST" ? { "content-type": "application/json" } : { "mesh-preflight": "1" };
  return {
    method,
    url,
    headers: new Map(Object.entries({ ...defaults, ...typed, ...parts.headers }).filter(([, value]) => value !== "")),
    body: bytes as Uint8Array | undefined,
    signal: parts.signal ?? new AbortController().signal,
  };
}

export function createTestHandler(options?: GraphQLHandlerOptions): HttpHandler {
  return createGraphQLHandler(createSchemaService(testSchema, rootValue), options);
}

export function readJson(response: HttpResponse): {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
} {
  return JSON.parse(typeof response.body === "string" ? response.body : Buffer.from(response.body).toString());
}
