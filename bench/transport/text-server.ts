/** A subgraph that answers every request with the same so many entities, in a process of its own; tells its parent the port. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const entities = Array.from({ length: Number(process.argv[2]) }, (_, index) => ({
  __typename: "Product",
  upc: `product-${index}`,
  name: `The product with the number ${index}`,
  price: index * 1.5,
}));
const answer = Buffer.from(JSON.stringify({ data: { _entities: entities } }));

const server = createServer((request, response) => {
  request.resume().on("end", () => {
    response.writeHead(200, { "content-type": "application/json", "content-length": answer.length }).end(answer);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
process.on("disconnect", () => process.exit());
