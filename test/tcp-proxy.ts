/** A way to a real server that can be cut and silenced, for tests of what happens then. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface TcpProxy {
  /** The server's, by way of the proxy. */
  readonly url: string;
  /** Ends every connection and takes no new one. */
  cut(): Promise<void>;
  restore(): Promise<void>;
  /** Lets nothing through, and ends nothing. */
  silence(silent: boolean): void;
  close(): Promise<void>;
}

export async function startTcpProxy(serverUrl: string, defaultPort: number): Promise<TcpProxy> {
  const target = new URL(serverUrl);
  const targetPort = Number(target.port === "" ? defaultPort : target.port);
  const sockets = new Set<Socket>();
  let silent = false;
  let server: Server | undefined;
  let port = 0;

  const listen = async (): Promise<void> => {
    server = createServer((client) => {
      const upstream = connect(targetPort, target.hostname);
      forward(client, upstream);
      forward(upstream, client);
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  };
  const forward = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on("data", (data) => {
      if (!silent) to.write(data);
    });
    from.on("error", () => undefined);
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const cut = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    for (const socket of sockets) socket.destroy();
    if (closing === undefined) return;
    closing.close();
    await once(closing, "close");
  };

  await listen();
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut,
    restore: listen,
    silence(value) {
      silent = value;
    },
    close: cut,
  };
}
