/** The floor: plain Node.js that reads the request's body and answers with the bytes and headers that it was told. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serveBench, tell } from "./served.ts";

let body = Buffer.from("{}");
let headers: Readonly<Record<string, string | number>> = {};
const server = createServer((request, response) => {
  request.resume().once("end", () => {
    response.writeHead(200, headers);
    response.end(body);
  });
});
server.listen(0, "127.0.0.1", () => {
  serveBench(
    async (asked) => {
      if (asked.kind === "answer-with") {
        body = Buffer.from(asked.body);
        headers = { ...asked.headers, "content-length": body.byteLength };
      }
      return undefined;
    },
    async () => {
      server.close();
    },
  );
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  tell({ kind: "listening", url: `http://127.0.0.1:${port}`, supergraphSdl: undefined });
});
