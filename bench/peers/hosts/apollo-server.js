/** @apollo/gateway behind Apollo Server's own standalone host. Arguments: the supergraph's file and the port. */
import { readFileSync } from "node:fs";
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";

// Read when a gateway is constructed: without it, it reports to the outside.
process.env.APOLLO_TELEMETRY_DISABLED = "true";
const [file, port] = process.argv.slice(2);
const server = new ApolloServer({ gateway: new ApolloGateway({ supergraphSdl: readFileSync(file, "utf8") }) });
await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: Number(port) } });
process.on("SIGTERM", () => process.exit());
