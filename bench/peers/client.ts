/** Asks one server over kept connections. As lean as undici offers, because the machine's cores are shared with it. */
import { Pool } from "undici";

export interface Client {
  /** Rejects when no complete answer came. `further`: headers beside those that say what is sent and wanted. */
  ask(body: string, further?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
}

const headers = { "content-type": "application/json", accept: "application/json" };

export function createClient(url: string, connections: number): Client {
  const pool = new Pool(url, { connections, pipelining: 1 });
  return {
    ask: (body, further) =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let status = 0;
        pool.dispatch(
          {
            method: "POST",
            path: "/graphql",
            headers: further === undefined ? headers : { ...headers, ...further },
            body,
          },
          {
            onRequestStart() {},
            onResponseStart(_controller, statusCode) {
              status = statusCode;
            },
            onResponseData: (_controller, chunk) => void chunks.push(chunk),
            onResponseEnd: () => resolve({ status, bytes: Buffer.concat(chunks) }),
            onResponseError: (_controller, error) => reject(error),
          },
        );
      }),
    close: () => pool.close(),
  };
}
