/** A handler behind plain `node:http`, for those who bring their own server. */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { ClientError } from "#schema";
import { errorBody } from "./error-body.ts";
import { httpError } from "./errors.ts";
import type { HttpHandler, HttpResponse } from "./message.ts";
import { toHttpRequest } from "./node-message.ts";

export interface NodeListenerOptions {
  /** A longer body is answered with 413 and not read to its end. Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

/** A listener for `http.createServer` that bounds the body, passes the client's going away on and sends the answer. */
export function createNodeListener(handler: HttpHandler, options: NodeListenerOptions = {}): RequestListener {
  const maxBodyBytes = options.maxBodyBytes ?? 1024 * 1024;
  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const body = await readBody(message, maxBodyBytes);
      send(message, response, await handler(toHttpRequest(message, response, body)));
    } catch (error) {
      if (message.destroyed && !message.complete) return;
      const shown =
        error instanceof ClientError
          ? error
          : httpError("INTERNAL_SERVER_ERROR", "Something failed inside the server.");
      // The rest of an overlong body is not read, so the connection cannot be used again.
      send(message, response, { ...errorBody(shown), headers: { ...errorBody(shown).headers, connection: "close" } });
    }
  };
  return (message, response) => void answer(message, response);
}

async function readBody(message: IncomingMessage, maxBodyBytes: number): Promise<Uint8Array | undefined> {
  if (Number(message.headers["content-length"] ?? 0) > maxBodyBytes) throw tooLarge(maxBodyBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Not destroyed on return: the response to an overlong body still goes out on this connection.
  for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    length += chunk.byteLength;
    if (length > maxBodyBytes) throw tooLarge(maxBodyBytes);
    chunks.push(chunk);
  }
  return length === 0 ? undefined : Buffer.concat(chunks, length);
}

/** The 413 of both adapters. */
export function tooLarge(maxBodyBytes: number): ClientError {
  return httpError("PAYLOAD_TOO_LARGE", `The request body is over the limit of ${maxBodyBytes} bytes.`);
}

function send(message: IncomingMessage, response: ServerResponse, answer: HttpResponse): void {
  if (response.destroyed || response.headersSent) return;
  const bytes = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  const length = answer.status === 204 ? {} : { "content-length": String(bytes.byteLength) };
  response.writeHead(answer.status, { ...answer.headers, ...length });
  response.end(message.method === "HEAD" || answer.status === 204 ? undefined : bytes);
}
