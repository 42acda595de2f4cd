/**
 * Which text a request asks for, before anything is parsed.
 *
 *   text                    → itself, where any text is taken; else the trusted document of the same tokens
 *   id of a trusted document → its text
 *   hash                    → the text that a client registered with it (Apollo's automatic persisted queries)
 *   text and its hash       → itself, and it is registered once it has proved valid
 *
 * In: checked parameters. Out: a text. Next: `operation-cache.ts`, which finds what it knows by the text. A text
 * that was asked for by its id is one string for all requests, so that nothing of it is hashed or compared again.
 */
import type { DocumentNode } from "graphql";
import type { GraphQLParams } from "#http";
import { gatewayError } from "../../errors.ts";
import type { GatewayMetrics } from "../../observability/metrics.ts";
import { readDocumentId } from "./document-id.ts";
import type { DocumentStore } from "./document-store.ts";
import { sha256 } from "./sha256.ts";
import type { TrustedDocuments } from "./trusted-documents.ts";

interface AskedDocument {
  readonly text: string;
  /** Call it when the text has proved valid: then others may ask for it by its hash. */
  readonly register: ((document: DocumentNode) => void) | undefined;
}

export interface Documents {
  /**
   * Hot: once per request; a promise only where a hash has to be looked up elsewhere.
   *
   * @throws ClientError (or rejects with it) BAD_REQUEST and the codes that begin with PERSISTED_QUERY, CANNOT_SEND_PQ_ID_AND_BODY,
   * QUERY_NOT_IN_SAFELIST
   */
  find(params: GraphQLParams): AskedDocument | Promise<AskedDocument>;
}

export interface DocumentsOptions {
  /** Undefined: no document is trusted more than others. */
  readonly trusted: TrustedDocuments | undefined;
  /** Undefined switches automatic persisted queries off. */
  readonly store: DocumentStore | undefined;
  readonly metrics: Pick<GatewayMetrics, "namedDocuments">;
}

export function createDocuments({ trusted, store, metrics }: DocumentsOptions): Documents {
  const count = (result: "trusted" | "hit" | "miss" | "registered" | "refused"): void =>
    metrics.namedDocuments.inc({ result });
  // Where only trusted documents run, nobody can register others.
  const registered = trusted?.only === true ? undefined : store;

  const found = (how: "trusted" | "hit", text: string): AskedDocument => {
    count(how);
    return { text, register: undefined };
  };

  const orNotFound = (text: string | undefined): AskedDocument => {
    if (text !== undefined) return found("hit", text);
    count("miss");
    // Clients know it by exactly this text, and send theirs with the hash.
    throw gatewayError("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound");
  };

  const register = (text: string, hash: string, into: DocumentStore): AskedDocument => {
    if (sha256(text) !== hash) throw hashMismatch();
    return {
      text,
      register(document) {
        count("registered");
        into.set(hash, text, document);
      },
    };
  };

  const findById = (params: GraphQLParams): AskedDocument | Promise<AskedDocument> => {
    const named = readDocumentId(params);
    if (named === undefined) throw gatewayError("BAD_REQUEST", "The request holds no operation; send a `query`");
    const known = trusted?.get(named.id);
    if (known !== undefined) return found("trusted", known);
    if (registered === undefined) {
      // Clients know the one by exactly this text, and go on with theirs.
      if (trusted === undefined) throw gatewayError("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported");
      count("refused");
      throw gatewayError("PERSISTED_QUERY_NOT_IN_LIST", "No trusted document has this id");
    }
    const text = named.isHash ? registered.get(named.id) : undefined;
    return text instanceof Promise ? text.then(orNotFound) : orNotFound(text);
  };

  const findTrusted = (query: string): AskedDocument => {
    const text = trusted?.find(query);
    if (text !== undefined) return found("trusted", text);
    count("refused");
    throw gatewayError(
      "QUERY_NOT_IN_SAFELIST",
      "Only trusted documents run here, and this text is none of them: publish it, or send the `documentId` of one",
    );
  };

  return {
    find(params) {
      const { query } = params;
      if (query === undefined || !/\S/.test(query)) return findById(params);
      if (trusted?.only === true) return findTrusted(query);
      if (params.documentId === undefined && params.extensions?.persistedQuery === undefined) {
        return { text: query, register: undefined };
      }
      const named = readDocumentId(params);
      if (named === undefined) return { text: query, register: undefined };
      if (!named.isHash) {
        const text = trusted?.get(named.id);
        if (text === query) return found("trusted", text);
        if (params.documentId === undefined) throw hashMismatch();
        throw gatewayError(
          "CANNOT_SEND_PQ_ID_AND_BODY",
          "The request has a text and a `documentId` that is not its hash: send one of them",
        );
      }
      if (registered === undefined) return { text: query, register: undefined };
      return register(query, named.id, registered);
    },
  };
}

function hashMismatch(): Error {
  const message = "`extensions.persistedQuery.sha256Hash` or `documentId` is not the SHA-256 of the text in UTF-8";
  return gatewayError("PERSISTED_QUERY_HASH_MISMATCH", message);
}
