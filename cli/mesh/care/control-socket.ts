/**
 * How a command reaches the process that has a mesh's products open, since only that one can change them: HTTP on a Unix
 * socket in the state folder, which this user alone can connect to.
 *
 *   POST /erase   EraseRequest   → EraseReceipt
 *   POST /retain  RetainRequest  → RetentionRun[]
 *
 * A refusal is `{ "error": { "code", "message" } }`.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, unlink } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { ClientError } from "#schema";
import type { DataCare } from "./data-care.ts";

export interface ControlSocket {
  close(): Promise<void>;
}

/** What systems allow for the path of a socket, its end included. */
const maxPathBytes = 103;

/** Undefined where the system has no room for the path: then a command must wait until the mesh is stopped. */
function socketPath(stateFolder: string): string | undefined {
  if (process.platform === "win32") {
    return `\\\\.\\pipe\\datamesh-${createHash("sha256").update(stateFolder).digest("hex").slice(0, 32)}`;
  }
  const path = join(stateFolder, "control.sock");
  return Buffer.byteLength(path) > maxPathBytes ? undefined : path;
}

/** Undefined when another process answers there already, or nobody can. Takes the place of one that is gone. */
export async function openControlSocket(stateFolder: string, care: DataCare): Promise<ControlSocket | undefined> {
  const path = socketPath(stateFolder);
  if (path === undefined || (await isAnswered(path))) return undefined;
  if (process.platform !== "win32") {
    await mkdir(stateFolder, { recursive: true });
    await unlink(path).catch(() => undefined);
  }
  const server = createServer((incoming, outgoing) => {
    answer(incoming, care).then(
      ({ status, body }) =>
        outgoing.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body)),
      () => outgoing.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  if (process.platform !== "win32") await chmod(path, 0o600);
  server.unref();
  return {
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(
  incoming: IncomingMessage,
  care: DataCare,
): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    let text = "";
    for await (const chunk of incoming) text += String(chunk);
    // Only `askRunning` below, of the same version, writes here.
    const asked = JSON.parse(text) as never;
    if (incoming.url === "/erase") return { status: 200, body: await care.erase(asked) };
    if (incoming.url === "/retain") return { status: 200, body: await care.retain(asked) };
    return { status: 404, body: { error: { code: "NOT_FOUND", message: "There is no such action." } } };
  } catch (error) {
    const isTold = error instanceof ClientError;
    const code = isTold ? error.code : "INTERNAL_SERVER_ERROR";
    return {
      status: isTold ? error.status : 500,
      body: { error: { code, message: isTold ? error.message : "It failed." } },
    };
  }
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** What the running process answers, or undefined when none runs. Throws its refusal as a `ClientError`. */
export async function askRunning(stateFolder: string, action: "erase" | "retain", asked: unknown): Promise<unknown> {
  const path = socketPath(stateFolder);
  if (path === undefined || !(await isAnswered(path))) return undefined;
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const outgoing = httpRequest({ socketPath: path, path: `/${action}`, method: "POST" }, (incoming) => {
      let received = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (part: string) => {
        received += part;
      });
      incoming.once("end", () => resolve({ status: incoming.statusCode ?? 500, text: received }));
      incoming.once("error", reject);
    });
    outgoing.once("error", reject);
    outgoing.end(JSON.stringify(asked));
  });
  const body = (text === "" ? {} : JSON.parse(text)) as {
    readonly error?: { readonly code: string; readonly message: string };
  };
  if (status === 200) return body;
  throw new ClientError(body.error?.code ?? "INTERNAL_SERVER_ERROR", body.error?.message ?? "It failed.", { status });
}
