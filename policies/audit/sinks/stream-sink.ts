/**
 * Records as lines of JSON to a collector: standard output, a TCP connection or a Unix socket. What has been handed over
 * cannot be asked for again, so each process begins a chain of its own, and a batch that a broken connection may have
 * taken is sent again with the same hashes.
 */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Writable } from "node:stream";
import { genesis, linkEntries } from "../chain.ts";
import type { AuditSigner } from "../signer.ts";
import type { AuditSink } from "./sink.ts";

export type StreamTarget =
  | { readonly kind: "stdout" }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

export interface StreamSinkOptions {
  readonly target: StreamTarget;
  readonly signer: AuditSigner;
  readonly connectTimeoutMs?: number;
}

/** Connects when there is something to write, and anew after a connection broke. */
export function openStreamSink({ target, signer, connectTimeoutMs = 5_000 }: StreamSinkOptions): AuditSink {
  let head = genesis(randomUUID());
  let socket: Socket | undefined;

  async function writable(): Promise<Writable> {
    if (target.kind === "stdout") return process.stdout;
    if (socket !== undefined && !socket.destroyed && socket.writable) return socket;
    const opening = target.kind === "tcp" ? connect(target.port, target.host) : connect(target.path);
    try {
      await once(opening, "connect", { signal: AbortSignal.timeout(connectTimeoutMs) });
    } catch (error) {
      opening.destroy();
      throw error;
    }
    // The next write tells; without a listener it would end the process.
    opening.on("error", () => undefined);
    // A collector that says nothing but ends the connection is gone.
    opening.resume();
    socket = opening;
    return opening;
  }

  return {
    async append(entries) {
      const to = await writable();
      const linked = await linkEntries(head, entries, signer);
      await new Promise<void>((resolve, reject) => {
        to.write(`${linked.lines.join("\n")}\n`, (error) => (error ? reject(error) : resolve()));
      });
      head = linked.head;
    },
    async close() {
      if (socket === undefined || socket.destroyed) return;
      const closed = once(socket, "close").catch(() => undefined);
      socket.end();
      setTimeout(() => socket?.destroy(), connectTimeoutMs).unref();
      await closed;
    },
  };
}

/** `stdout`, `tcp://host:port` or `unix:/path`; undefined for anything else. */
export function readStreamTarget(text: string): StreamTarget | undefined {
  if (text === "stdout") return { kind: "stdout" };
  if (text.startsWith("unix:")) {
    const path = text.slice("unix:".length).replace(/^\/\/(?=\/)/, "");
    return path.startsWith("/") ? { kind: "unix", path } : undefined;
  }
  const { host, port } = /^tcp:\/\/(?<host>[^/:]+|\[[^\]]+\]):(?<port>\d{1,5})$/.exec(text)?.groups ?? {};
  if (host === undefined || port === undefined) return undefined;
  return { kind: "tcp", host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
