/** The workload's subgraphs over HTTP in a process of their own: `POST /<subgraph>`; tells its parent the port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createStub } from "./clients.ts";
import { createWorkload, type WorkloadName } from "./workloads.ts";

const { shop } = createWorkload(process.argv[2] as WorkloadName);
const stubs = new Map(shop.map((subgraph) => [`/${subgraph.name}`, createStub(subgraph)]));

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const stub = stubs.get(request.url ?? "");
    if (stub === undefined) {
      response.writeHead(404).end();
      return;
    }
    void stub.answer(Buffer.concat(chunks).toString()).then((text) => {
      const bytes = Buffer.from(text);
      response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length }).end(bytes);
    });
  });
});
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
