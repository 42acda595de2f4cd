import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:net";
import { parse } from "graphql";
import { afterAll, describe, expect, it } from "vitest";
import { connectToRedis, type RedisConnection } from "#redis";
import { redis } from "../../../test/services.ts";
import { silentLogger } from "../../observability/logger.ts";
import { describeDocumentStore } from "./document-store.suite.ts";
import type { DocumentStore } from "./document-store.ts";
import { createMemoryDocuments } from "./memory-documents.ts";
import { createRedisDocuments } from "./redis-documents.ts";
import { sha256 } from "./sha256.ts";
import { createSharedDocuments } from "./shared-documents.ts";

const connections: RedisConnection[] = [];
async function connect(url: string, keyPrefix = `datamesh-test:${randomUUID()}:`): Promise<RedisConnection> {
  const connection = await connectToRedis({ url, keyPrefix, timeoutMs: 1_000 }, { logger: silentLogger });
  connections.push(connection);
  return connection;
}
afterAll(() => Promise.all(connections.map((connection) => connection.close())));

const service = await redis();
const text = "query Me($id: ID!) { me(id: $id) { name } }";
const document = parse(text);

describe.skipIf(service.missing !== undefined)(`with ${service.missing ?? "a Redis"}`, () => {
  const open = async (): Promise<DocumentStore> => createRedisDocuments(await connect(service.url), { ttlMs: 60_000 });
  describeDocumentStore("Redis", open);
  describeDocumentStore("memory before Redis", async () =>
    createSharedDocuments(createMemoryDocuments({ maxBytes: 1_000_000 }), await open()),
  );

  it("what one gateway was told another one knows, but for texts that hold values", async () => {
    const keyPrefix = `datamesh-test:${randomUUID()}:`;
    const gateway = async (): Promise<DocumentStore> =>
      createSharedDocuments(
        createMemoryDocuments({ maxBytes: 1_000_000 }),
        createRedisDocuments(await connect(service.url, keyPrefix), { ttlMs: 60_000 }),
      );
    const [one, other] = [await gateway(), await gateway()];
    const telling = '{ customer(email: "ada@example.org") { id } }';
    one.set(sha256(telling), telling, parse(telling));
    one.set(sha256(text), text, document);
    await expect.poll(() => other.get(sha256(text))).toBe(text);
    // Now it is known here: no promise.
    expect(other.get(sha256(text))).toBe(text);
    expect(one.get(sha256(telling))).toBe(telling);
    expect(await other.get(sha256(telling))).toBeUndefined();
  });

  it("a text that is not its hash's is not there, and one that nobody asks for goes", async () => {
    const connection = await connect(service.url);
    const store = createRedisDocuments(connection, { ttlMs: 60_000 });
    await connection.run((client) => client.set(`document:${sha256(text)}`, "mutation { deleteEverything }"));
    expect(await store.get(sha256(text))).toBeUndefined();
    store.set(sha256(text), text, document);
    await expect.poll(() => store.get(sha256(text))).toBe(text);
    const left = await connection.run((client) => client.pttl(`document:${sha256(text)}`));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(60_000);
  });
});

describe("trouble with Redis is a text that is not known, and nothing more", () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  it.each<[string, (server: Server) => void]>([
    ["is not there", (server) => server.close()],
    ["never answers", () => undefined],
    ["hangs up", (server) => void server.on("connection", (socket) => socket.destroy())],
    ["answers nonsense", (server) => void server.on("connection", (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"))],
  ])("when it %s", async (_how, misbehave) => {
    const server = createServer();
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
    misbehave(server);
    const connection = await connectToRedis(
      { url: `redis://127.0.0.1:${address.port}`, keyPrefix: "x:", timeoutMs: 50 },
      { logger: silentLogger },
    );
    const store = createSharedDocuments(
      createMemoryDocuments({ maxBytes: 1_000_000 }),
      createRedisDocuments(connection, { ttlMs: 60_000 }),
    );
    expect(await store.get(sha256(text))).toBeUndefined();
    store.set(sha256(text), text, document);
    expect(store.get(sha256(text))).toBe(text);
    await connection.close();
  });
});
