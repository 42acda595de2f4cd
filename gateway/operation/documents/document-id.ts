/**
 * How a request names a document instead of sending it:
 *
 *   documentId                              GraphQL over HTTP, appendix A "Persisted Documents"
 *   extensions.persistedQuery.sha256Hash    Apollo's clients; for trusted documents it may be any id
 */
import type { GraphQLParams } from "#http";
import { gatewayError } from "../../errors.ts";
import { isSha256 } from "./sha256.ts";

export interface DocumentId {
  /** Without the prefix `sha256:`. */
  readonly id: string;
  /** Whether the id is the hash of the text. */
  readonly isHash: boolean;
}

/**
 * Undefined when the request names none.
 *
 * @throws ClientError BAD_REQUEST, PERSISTED_QUERY_NOT_SUPPORTED for another version of `persistedQuery`
 */
export function readDocumentId({ documentId, extensions }: GraphQLParams): DocumentId | undefined {
  const persisted = readPersistedQuery(extensions?.persistedQuery);
  if (documentId === undefined) return persisted;
  const named = readPrefixed(documentId);
  if (persisted !== undefined && persisted.id !== named.id) {
    throw gatewayError(
      "BAD_REQUEST",
      "`documentId` and `extensions.persistedQuery` name two documents: send one of them",
    );
  }
  return named;
}

function readPrefixed(documentId: string): DocumentId {
  const prefix = "sha256:";
  if (!documentId.startsWith(prefix)) return { id: documentId, isHash: isSha256(documentId) };
  const id = documentId.slice(prefix.length);
  if (isSha256(id)) return { id, isHash: true };
  throw gatewayError("BAD_REQUEST", "`documentId` must have 64 lower-case hexadecimal digits after `sha256:`");
}

function readPersistedQuery(value: unknown): DocumentId | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object") throw gatewayError("BAD_REQUEST", "`extensions.persistedQuery` must be an object");
  const version = Object.hasOwn(value, "version") ? (value as { readonly version: unknown }).version : undefined;
  const id = Object.hasOwn(value, "sha256Hash") ? (value as { readonly sha256Hash: unknown }).sha256Hash : undefined;
  if (version !== 1) {
    // By this code Apollo's clients go on with the text.
    throw gatewayError("PERSISTED_QUERY_NOT_SUPPORTED", "`extensions.persistedQuery.version` must be 1");
  }
  if (typeof id !== "string" || id === "") {
    throw gatewayError(
      "BAD_REQUEST",
      "`extensions.persistedQuery.sha256Hash` must be the SHA-256 of the text, in hexadecimal",
    );
  }
  return { id, isHash: isSha256(id) };
}
