import { ClientError } from "#schema";

/** What a client may know of a request that failed as a whole: our own words, and a code when the cause brings one. */
export function failureOf(cause: unknown, subgraph: string): { readonly message: string; readonly code: string } {
  if (cause instanceof ClientError) return { message: cause.message, code: cause.code };
  return { message: `The subgraph "${subgraph}" could not be asked.`, code: "DOWNSTREAM_SERVICE_ERROR" };
}
