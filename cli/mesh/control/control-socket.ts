/**
 * How a command reaches a running process: HTTP on a Unix socket in the state folder, which this user alone can connect to.
 *
 *   <state>/products.sock   the process that has the products open
 *   <state>/gateway.sock    the process that has the gateway; it may be the same
 *
 *   POST /<action>   argument → result, as `actions.ts` says. A refusal is `{ "error": { "code", "message" } }`.
 */
import { createHash } from "node:crypto";
import { chmod, mkdir, unlink } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { ClientError } from "#schema";
import { commandError } from "../../errors.ts";
import type { ControlActions } from "./actions.ts";

export interface ControlSocket {
  close(): Promise<void>;
}

type SocketName = keyof ControlActions;
type Action = (argument: never) => Promise<unknown>;
type ArgumentOf<T> = T extends (argument: infer A) => unknown ? A : never;
type ResultOf<T> = T extends (argument: never) => Promise<infer R> ? R : never;

/** What systems allow for the path of a socket, its end included. */
const maxPathBytes = 103;

/** Undefined where the system has no room for the path: then a command must wait until the mesh is stopped. */
function socketPath(stateFolder: string, name: SocketName): string | undefined {
  if (process.platform === "win32") {
    const digest = createHash("sha256").update(stateFolder).digest("hex").slice(0, 32);
    return `\\\\.\\pipe\\datamesh-${digest}-${name}`;
  }
  const path = join(stateFolder, `${name}.sock`);
  return Buffer.byteLength(path) > maxPathBytes ? undefined : path;
}

/** Undefined when another process answers there already, or nobody can. Takes the place of one that is gone. */
export async function openControlSocket<S extends SocketName>(
  stateFolder: string,
  name: S,
  actions: ControlActions[S],
): Promise<ControlSocket | undefined> {
  const path = socketPath(stateFolder, name);
  if (path === undefined || (await isAnswered(path))) return undefined;
  if (process.platform !== "win32") {
    await mkdir(stateFolder, { recursive: true });
    await unlink(path).catch(() => undefined);
  }
  const server = createServer((incoming, outgoing) => {
    answer(incoming, actions as Readonly<Record<string, Action>>).then(
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
  actions: Readonly<Record<string, Action>>,
): Promise<{ readonly status: number; readonly body: unknown }> {
  try {
    let text = "";
    for await (const chunk of incoming) text += String(chunk);
    const name = incoming.url?.slice(1) ?? "";
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (action === undefined) {
      return { status: 404, body: { error: { code: "NOT_FOUND", message: "There is no such action." } } };
    }
    // Only `askRunning` below, of the same version, writes here.
    return { status: 200, body: (await action(JSON.parse(text) as never)) ?? null };
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
export async function askRunning<S extends SocketName, A extends keyof ControlActions[S] & string>(
  stateFolder: string,
  name: S,
  action: A,
  asked: ArgumentOf<ControlActions[S][A]>,
): Promise<ResultOf<ControlActions[S][A]> | undefined> {
  const path = socketPath(stateFolder, name);
  if (path === undefined || !(await isAnswered(path))) return undefined;
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const lost = (cause: unknown): void =>
      reject(commandError("PROCESS_ENDED", "the running process ended before it had answered", cause));
    const outgoing = httpRequest({ socketPath: path, path: `/${action}`, method: "POST" }, (incoming) => {
      let received = "";
      incoming.setEncoding("utf8");
      incoming.on("data", (part: string) => {
        received += part;
      });
      incoming.once("end", () => resolve({ status: incoming.statusCode ?? 500, text: received }));
      incoming.once("error", lost);
    });
    outgoing.once("error", lost);
    outgoing.end(JSON.stringify(asked));
  });
  const body: unknown = text === "" ? {} : JSON.parse(text);
  // The action of this name gave it, in a process of the same version.
  if (status === 200) return body as ResultOf<ControlActions[S][A]>;
  const { error } = body as { readonly error?: { readonly code: string; readonly message: string } };
  throw new ClientError(error?.code ?? "INTERNAL_SERVER_ERROR", error?.message ?? "It failed.", { status });
}
