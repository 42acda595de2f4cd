import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ask } from "../fixtures/ask.fixture.ts";
import { inProcess, shopSubgraphs } from "../fixtures/shop.fixture.ts";
import { createGateway } from "../gateway.ts";

describe("a subgraph behind a Unix socket", () => {
  it("is asked there, whatever the URL's host is", async () => {
    const { orders } = shopSubgraphs();
    const composed = await createGateway({ source: { kind: "subgraphs", subgraphs: [inProcess(orders)] } });
    const sdl = composed.supergraph() ?? "";
    await composed.close();

    const folder = await mkdtemp(join(tmpdir(), "datamesh-socket-"));
    const socketPath = join(folder, "socket");
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      request.resume().once("end", () => {
        response.writeHead(200, { "content-type": "application/json" }).end('{"data":{"orders":[{"id":"o9"}]}}');
      });
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    const urls = { orders: { url: "http://no-such-host.invalid/seventh/orders", socketPath } };
    const gateway = await createGateway({ source: { kind: "supergraph", supergraph: { sdl }, urls } });
    try {
      expect((await ask(gateway.service, "{ orders { id } }")).data).toEqual({ orders: [{ id: "o9" }] });
      expect(asked).toEqual(["/seventh/orders"]);
    } finally {
      await gateway.close();
      server.close();
      await rm(folder, { recursive: true });
    }
  });
});
