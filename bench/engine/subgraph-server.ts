/**
 * The shop's subgraphs over HTTP in a process of their own: `POST /<subgraph>`. Tells its parent the port, and afterwards,
 * whenever it is asked something, how many requests each subgraph had since then.
 *
 * Each distinct request is executed once by graphql-js; later a look-up answers it, which leaves the machine's cores to
 * those who are measured. When rows are to change, every answer has other names in it.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createStub } from "./clients.ts";
import { createShop, mark } from "./shop.ts";

export interface Asked {
  readonly rowsChange: boolean;
}

/** By subgraph. */
export type RequestCounts = Readonly<Record<string, number>>;

interface Known {
  readonly bytes: Buffer;
  /** Where the digits of the marks begin. */
  readonly marks: readonly number[];
}

const stubs = new Map(createShop().map((subgraph) => [`/${subgraph.name}`, createStub(subgraph)]));
const known = new Map<string, Known>();
let rowsChange = false;
let answers = 0;

async function answer(path: string, body: string): Promise<Buffer | undefined> {
  const stub = stubs.get(path);
  if (stub === undefined) return undefined;
  const key = path + body;
  let found = known.get(key);
  if (found === undefined) {
    found = findMarks(Buffer.from(await stub.answer(body)));
    known.set(key, found);
  } else {
    stub.requests++;
  }
  return rowsChange ? change(found) : found.bytes;
}

function findMarks(bytes: Buffer): Known {
  const marks: number[] = [];
  for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + mark.length)) marks.push(at + 1);
  return { bytes, marks };
}

function change({ bytes, marks }: Known): Buffer {
  answers = (answers + 1) % 10_000;
  const digits = Buffer.from(String(answers).padStart(4, "0"));
  const changed = Buffer.from(bytes);
  for (const at of marks) digits.copy(changed, at);
  return changed;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    void answer(request.url ?? "", Buffer.concat(chunks).toString()).then((bytes) => {
      if (bytes === undefined) response.writeHead(404).end();
      else response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length }).end(bytes);
    });
  });
});
// A kept connection that is closed while a request is on its way to it would fail the request.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));

// Only the benches that start this write to the channel.
process.on("message", (asked: Asked) => {
  rowsChange = asked.rowsChange;
  const counts: RequestCounts = Object.fromEntries([...stubs].map(([path, { requests }]) => [path.slice(1), requests]));
  for (const stub of stubs.values()) stub.requests = 0;
  process.send?.(counts);
});
process.on("disconnect", () => process.exit());
