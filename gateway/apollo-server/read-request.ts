/** Apollo Server's request context → what the gateway's service takes. */
import type { GatewayGraphQLRequestContext } from "@apollo/server-gateway-interface";
import { type DocumentNode, print } from "graphql";
import type { Cancellation, GraphQLParams, HttpRequest } from "#http";

export type RequestReader = (
  requestContext: GatewayGraphQLRequestContext,
  signal: Cancellation,
) => { readonly params: GraphQLParams; readonly request: HttpRequest };

type ContextHeaders = (context: Readonly<Record<string, unknown>>) => Readonly<Record<string, string | undefined>>;

/**
 * Takes the document as Apollo Server and its plugins left it, not the text that the client sent, and prints each once:
 * Apollo Server keeps the documents that it has parsed.
 */
export function createRequestReader(contextHeaders: ContextHeaders | undefined): RequestReader {
  const textByDocument = new WeakMap<DocumentNode, string>();
  const textOf = (document: DocumentNode): string => {
    const known = textByDocument.get(document);
    if (known !== undefined) return known;
    const text = print(document);
    textByDocument.set(document, text);
    return text;
  };

  return ({ document, request, context }, signal) => {
    const headers = new Map<string, string>();
    // An operation that the program runs itself (`executeOperation`) may come without HTTP.
    for (const [name, value] of request.http?.headers ?? []) headers.set(name.toLowerCase(), value);
    for (const [name, value] of Object.entries(contextHeaders?.(context) ?? {})) {
      if (value !== undefined) headers.set(name.toLowerCase(), value);
    }
    return {
      params: {
        query: textOf(document),
        // Programs may say null where they have none.
        operationName: request.operationName ?? undefined,
        variables: request.variables ?? undefined,
        // Persisted queries are Apollo Server's: it has found the document already.
        extensions: undefined,
      },
      request: {
        method: request.http?.method ?? "POST",
        url: request.http?.url ?? "/",
        headers,
        body: undefined,
        signal,
      },
    };
  };
}
