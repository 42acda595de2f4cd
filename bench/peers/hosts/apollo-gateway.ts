/**
 * @apollo/gateway with as little around it as a program can have: `node:http`, every document parsed and validated once.
 * Arguments: the supergraph's file and the port.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { ApolloGateway } from "@apollo/gateway";
import { type DocumentNode, type GraphQLError, parse, validate } from "graphql";

interface KnownDocument {
  readonly document: DocumentNode;
  readonly hash: string;
  readonly errors: readonly GraphQLError[];
}

// Read when a gateway is constructed: without it, it reports to the outside.
process.env.APOLLO_TELEMETRY_DISABLED = "true";
const [file, port] = process.argv.slice(2) as [string, string];
const logger = { debug() {}, info() {}, warn() {}, error: (message: string) => console.error(message) };
const gateway = new ApolloGateway({ supergraphSdl: readFileSync(file, "utf8"), logger });
const { schema, executor } = await gateway.load();
const documents = new Map<string, KnownDocument>();

function readDocument(query: string): KnownDocument {
  let known = documents.get(query);
  if (known === undefined) {
    const document = parse(query);
    const hash = createHash("sha256").update(query).digest("hex");
    known = { document, hash, errors: validate(schema, document) };
    documents.set(query, known);
  }
  return known;
}

async function answer(body: string): Promise<unknown> {
  const { query, variables, operationName } = JSON.parse(body);
  const { document, hash, errors } = readDocument(query);
  if (errors.length > 0) return { errors };
  // What Apollo Server passes of these is all that the executor reads; its type asks for a whole server's context.
  return await executor({
    document,
    schema,
    queryHash: hash,
    source: query,
    operationName: operationName ?? null,
    request: { query, variables },
    context: {},
    metrics: {},
    logger,
    cache: new Map(),
  } as never);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    answer(Buffer.concat(chunks).toString()).then(
      (result) => {
        const bytes = Buffer.from(JSON.stringify(result));
        response.writeHead(200, { "content-type": "application/json", "content-length": bytes.length }).end(bytes);
      },
      (error: unknown) => {
        response.writeHead(500, { "content-type": "text/plain" }).end(String(error));
      },
    );
  });
});
server.listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => process.exit());
