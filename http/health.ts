/** `/health/live` and `/health/ready`: is the process there, and should it get traffic. */
import type { HttpHandler, HttpResponse } from "./message.ts";

/** What a server says about itself when it is asked whether it can take requests. */
export interface Readiness {
  readonly ready: boolean;
  /** Why it is not ready, or what is wrong although it is; sentences that say which part and what to do. */
  readonly reasons: readonly string[];
  /** State of the parts, printed as it is: `{ products: { orders: { status: "serving", … } } }`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** 200 as long as the process answers at all: nothing but a hung process should be restarted. */
export const answerLive: HttpHandler = () => Promise.resolve(json(200, { status: "UP" }));

/** 200 or 503 with the reasons; a `readiness` that throws is "not ready" and does not say why to the outside. */
export function createReadyHandler(readiness: () => Readiness | Promise<Readiness>): HttpHandler {
  return async () => {
    try {
      const { ready, reasons, details } = await readiness();
      return json(ready ? 200 : 503, { status: ready ? "UP" : "DOWN", reasons, ...details });
    } catch {
      return json(503, { status: "DOWN", reasons: ["the readiness check itself failed; see the server's log"] });
    }
  };
}

function json(status: number, body: unknown): HttpResponse {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}
