/** Errors that arise outside the GraphQL handler, in the shape of a GraphQL answer so that clients need to know one only. */
import type { ClientError } from "#schema";
import type { HttpResponse } from "./message.ts";

export function errorBody(error: ClientError): HttpResponse {
  return {
    status: error.status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
    body: JSON.stringify({
      errors: [{ message: error.message, extensions: { ...error.extensions, code: error.code } }],
    }),
  };
}
