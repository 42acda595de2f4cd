/** A way to a real Redis whose clock seems to be another one: the time that it says is moved in what it answers. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface ShiftedServer {
  readonly url: string;
  /** Seconds in all answers are that much later from now on. */
  shift(byMs: number): void;
  close(): Promise<void>;
}

/** Ten digits on a line of their own: seconds since 1970, as `TIME` says them. Nothing else in these tests looks so. */
const seconds = /(?<=\$10\r\n)(1[789]\d{8})(?=\r\n)/g;

export async function startShiftedServer(serverUrl: string): Promise<ShiftedServer> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let byMs = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port || 6379), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => undefined);
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    client.on("data", (data) => void upstream.write(data));
    upstream.on("data", (data) => {
      const text = data.toString("latin1").replace(seconds, (said) => String(Number(said) + Math.round(byMs / 1_000)));
      client.write(Buffer.from(text, "latin1"));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shift(to) {
      byMs = to;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
