/** One path of a server and who answers it. */
import { errorBody } from "./error-body.ts";
import { httpError } from "./errors.ts";
import type { HttpHandler } from "./message.ts";

export interface Route {
  /** `/metrics`; a `*` at the end stands for the rest of the path: `/assets/*`. */
  readonly path: string;
  /** Gets every method: see `onlyGet`. */
  readonly handler: HttpHandler;
}

/** Passes GET and HEAD on and answers everything else with 405 and `Allow`. */
export function onlyGet(handler: HttpHandler): HttpHandler {
  return (request) => {
    if (request.method === "GET" || request.method === "HEAD") return handler(request);
    const refused = errorBody(httpError("METHOD_NOT_ALLOWED", `Send GET, not ${request.method}.`));
    return Promise.resolve({ ...refused, headers: { ...refused.headers, allow: "GET, HEAD" } });
  };
}
