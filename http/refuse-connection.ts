/** What is no HTTP, or more of it than the parser takes, has no request: the answer is written to the connection. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { ClientError } from "#schema";
import { errorBody } from "./error-body.ts";
import { httpError } from "./errors.ts";

/** Answers HEADERS_TOO_LARGE (431), REQUEST_TIMEOUT (408) or BAD_REQUEST (400) and ends the connection; never quotes what came. */
export function refuseConnection(error: { readonly code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = errorBody(refusalFor(error.code));
  const text = String(body);
  const lines = Object.entries({ ...headers, "content-length": String(Buffer.byteLength(text)), connection: "close" });
  const head = lines.map(([name, value]) => `${name}: ${String(value)}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${head}\r\n${text}`);
}

function refusalFor(code: string | undefined): ClientError {
  if (code === "HPE_HEADER_OVERFLOW") {
    return httpError(
      "HEADERS_TOO_LARGE",
      "The headers of the request are larger than this server reads. Send smaller ones.",
    );
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return httpError("REQUEST_TIMEOUT", "The request came too slowly.");
  return httpError("BAD_REQUEST", "The request is not HTTP as this server understands it.");
}
