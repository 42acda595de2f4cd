/** One path of a server and who answers it. */
import { errorBody } from "./error-body.ts";
import { httpError } from "./errors.ts";
import type { HttpHandler, StreamHandler } from "./message.ts";

/** Both kinds of handlers get every method: see `onlyGet`. */
export type Route =
  | {
      /** `/metrics`; a `*` at the end stands for the rest of the path: `/assets/*`. */
      readonly path: string;
      readonly handler: HttpHandler;
    }
  /** Sent as it is made: never compressed, never held as a whole. */
  | { readonly path: string; readonly stream: StreamHandler };

/** Passes GET and HEAD on and answers everything else with 405 and `Allow`. */
export function onlyGet(handler: HttpHandler): HttpHandler {
  return (request) => {
    if (request.method === "GET" || request.method === "HEAD") return handler(request);
    const refused = errorBody(httpError("METHOD_NOT_ALLOWED", `Send GET, not ${request.method}.`));
    return Promise.resolve({ ...refused, headers: { ...refused.headers, allow: "GET, HEAD" } });
  };
}
