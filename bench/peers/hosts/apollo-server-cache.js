/**
 * @apollo/gateway behind Apollo Server's own standalone host, with its response cache in Redis as its documentation shows
 * it. Arguments: the supergraph's file and the port. `BENCH_REDIS`: the server's URL; `BENCH_CALLERS`: `apart` keeps
 * answers for each value of `Authorization`, as is needed where they may differ.
 */
import { readFileSync } from "node:fs";
import { ApolloGateway } from "@apollo/gateway";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import responseCachePlugin from "@apollo/server-plugin-response-cache";
import { KeyvAdapter } from "@apollo/utils.keyvadapter";
import KeyvRedis from "@keyv/redis";
import { Keyv } from "keyv";

// Read when a gateway is constructed: without it, it reports to the outside.
process.env.APOLLO_TELEMETRY_DISABLED = "true";
const [file, port] = process.argv.slice(2);
const { BENCH_REDIS, BENCH_CALLERS } = process.env;
const caller = async ({ request }) => request.http?.headers.get("authorization") ?? null;
const server = new ApolloServer({
  gateway: new ApolloGateway({ supergraphSdl: readFileSync(file, "utf8") }),
  cache: new KeyvAdapter(new Keyv(new KeyvRedis(BENCH_REDIS))),
  plugins: [responseCachePlugin(BENCH_CALLERS === "apart" ? { extraCacheKeyData: caller } : {})],
});
await startStandaloneServer(server, { listen: { host: "127.0.0.1", port: Number(port) } });
process.on("SIGTERM", () => process.exit());
