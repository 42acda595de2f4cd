/**
 * The shop's subgraphs over HTTP in a process of their own: `POST /<subgraph>`. Tells its parent the port, and afterwards,
 * whenever it is asked something, how many requests each subgraph had since then.
 *
 * Each distinct request is executed once by graphql-js; later a look-up answers it, which leaves the machine's cores to
 * those who are measured. When rows are to change, every answer has other names in it. When subgraphs are to execute, each
 * request is.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type DocumentNode, execute, parse, validate } from "graphql";
import { createStub, type StubSubgraph } from "./clients.ts";
import { createShop, mark } from "./shop.ts";

export interface Asked {
  readonly rowsChange: boolean;
  /** Each request anew, as a subgraph that remembers documents and nothing else. */
  readonly executes?: boolean;
  /** `Cache-Control` of every answer; none by default. */
  readonly cacheControl?: string;
}

/** By subgraph. */
export type RequestCounts = Readonly<Record<string, number>>;

interface Known {
  readonly bytes: Buffer;
  /** Where the digits of the marks begin. */
  readonly marks: readonly number[];
}

const shop = createShop();
const stubs = new Map(shop.map((subgraph) => [`/${subgraph.name}`, createStub(subgraph)]));
const schemas = new Map(shop.map(({ name, schema }) => [`/${name}`, schema]));
const known = new Map<string, Known>();
const documents = new Map<string, DocumentNode>();
let asked: Asked = { rowsChange: false };
let headers = headersFor(asked);
let answers = 0;

function headersFor({ cacheControl }: Asked): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    ...(cacheControl === undefined ? {} : { "cache-control": cacheControl }),
  };
}

async function answer(path: string, body: string): Promise<Buffer | undefined> {
  const stub = stubs.get(path);
  if (stub === undefined) return undefined;
  if (asked.executes) return executeAnew(path, stub, body);
  const key = path + body;
  let found = known.get(key);
  if (found === undefined) {
    found = findMarks(Buffer.from(await stub.answer(body)));
    known.set(key, found);
  } else {
    stub.requests++;
  }
  return asked.rowsChange ? change(found) : found.bytes;
}

async function executeAnew(path: string, stub: StubSubgraph, body: string): Promise<Buffer | undefined> {
  stub.requests++;
  const schema = schemas.get(path);
  if (schema === undefined) return undefined;
  const { query, variables, operationName } = JSON.parse(body);
  let document = documents.get(path + query);
  if (document === undefined) {
    document = parse(query);
    const errors = validate(schema, document);
    if (errors.length > 0) return Buffer.from(JSON.stringify({ errors }));
    documents.set(path + query, document);
  }
  return Buffer.from(JSON.stringify(await execute({ schema, document, variableValues: variables, operationName })));
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
      else response.writeHead(200, { ...headers, "content-length": bytes.length }).end(bytes);
    });
  });
});
// A kept connection that is closed while a request is on its way to it would fail the request.
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));

// Only the benches that start this write to the channel.
process.on("message", (message: Asked) => {
  asked = message;
  headers = headersFor(asked);
  const counts: RequestCounts = Object.fromEntries([...stubs].map(([path, { requests }]) => [path.slice(1), requests]));
  for (const stub of stubs.values()) stub.requests = 0;
  process.send?.(counts);
});
process.on("disconnect", () => process.exit());
