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
  /** While it is true, answers ask clients to close their connections. */
  readonly isDraining?: () => boolean;
}

/**
 * A listener for `http.createServer` that bounds the body, passes the client's going away on and sends the answer.
 * Hot: once per request.
 */
export function createNodeListener(handler: HttpHandler, options: NodeListenerOptions = {}): RequestListener {
  const maxBodyBytes = options.maxBodyBytes ?? 1024 * 1024;
  const isDraining = options.isDraining ?? (() => false);
  const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const body = await readBody(message, maxBodyBytes);
      const answered = await handler(toHttpRequest(message, response, body));
      send(message, response, isDraining() ? closing(answered) : answered);
    } catch (error) {
      if (message.destroyed && !message.complete) return;
      const shown =
        error instanceof ClientError
          ? error
          : httpError("INTERNAL_SERVER_ERROR", "Something failed inside the server.");
      // The rest of an overlong body is not read, so the connection cannot be used again.
      send(message, response, closing(errorBody(shown)));
    }
  };
  return (message, response) => void answer(message, response);
}

function closing(answer: HttpResponse): HttpResponse {
  return { ...answer, headers: { ...answer.headers, connection: "close" } };
}

/** Rejects with PAYLOAD_TOO_LARGE, and when the client goes away before the end. */
function readBody(message: IncomingMessage, maxBodyBytes: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const fail = (error: unknown): void => {
      message.off("data", take);
      // What still comes is not kept; the message is not destroyed, since the answer goes out on its connection.
      message.resume();
      reject(error as Error);
    };
    const take = (chunk: Uint8Array): void => {
      length += chunk.byteLength;
      if (length > maxBodyBytes) fail(tooLarge(maxBodyBytes));
      else chunks.push(chunk);
    };
    // `on`, since each comes once and `once` costs more.
    message.on("error", fail);
    message.on("close", () => {
      if (!message.complete) fail(new Error("The client went away"));
    });
    if (Number(message.headers["content-length"] ?? 0) > maxBodyBytes) {
      fail(tooLarge(maxBodyBytes));
      return;
    }
    message.on("data", take);
    message.on("end", () => {
      resolve(chunks.length > 1 ? Buffer.concat(chunks, length) : chunks[0]);
    });
  });
}

/** The 413 of both adapters. */
export function tooLarge(maxBodyBytes: number): ClientError {
  return httpError("PAYLOAD_TOO_LARGE", `The request body is over the limit of ${maxBodyBytes} bytes.`);
}

/** Ends the response after the last text, and breaks it off when there is no proper end. Never rejects. */
async function sendMore(response: ServerResponse, more: AsyncIterable<string>): Promise<void> {
  try {
    for await (const text of more) {
      if (response.destroyed) return;
      if (!response.write(text)) await drained(response);
    }
    response.end();
  } catch {
    response.destroy();
  }
}

/** A client that reads slowly is waited for; one that goes away is not. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go);
      response.off("close", go);
      resolve();
    };
    response.once("drain", go);
    response.once("close", go);
  });
}

/**
 * Shorter bodies are sent in one piece with their header, which spares a fifth of what a small answer that is kept costs
 * (bench/cache, hot); longer texts as bytes, so that they are encoded once.
 */
export const maxTextLength = 8_192;

function send(message: IncomingMessage, response: ServerResponse, answer: HttpResponse): void {
  const { status, headers, body, more } = answer;
  if (response.destroyed || response.headersSent) return;
  if (more !== undefined && message.method !== "HEAD") {
    response.writeHead(status, headers);
    response.write(body);
    void sendMore(response, more);
    return;
  }
  const content = typeof body === "string" && body.length > maxTextLength ? Buffer.from(body) : body;
  const length = typeof content === "string" ? Buffer.byteLength(content) : content.byteLength;
  const hasBody = status !== 204 && status !== 304;
  response.writeHead(status, hasBody ? { ...headers, "content-length": length } : headers);
  if (message.method === "HEAD" || !hasBody) response.end();
  else if (typeof content === "string" || length > maxTextLength) response.end(content);
  // A character for each byte, and a byte for each character again: Node joins the header with texts alone.
  else response.end(Buffer.from(content.buffer, content.byteOffset, length).toString("latin1"), "latin1");
}
