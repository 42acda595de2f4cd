/** The shop behind a real server: subgraphs over HTTP, the gateway as it runs by default, and HTTP in front. */
import { createGateway, type Gateway, type GatewayConfig } from "#gateway";
import { createGraphQLHandler, createHttpServer, type HttpServerOptions } from "#http";
import { type HttpSubgraph, overHttp, serveSubgraph } from "../../gateway/fixtures/http-subgraph.fixture.ts";
import { shopSubgraphs } from "../../gateway/fixtures/shop.fixture.ts";

export interface ShopServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly gateway: Gateway;
  /** Of the subgraph `orders`, for those who want to see what it is asked. */
  readonly orders: HttpSubgraph;
  /** A gauge or counter without labels. */
  metric(name: string): Promise<number>;
}

export interface ShopServerOptions {
  readonly gateway?: Partial<GatewayConfig>;
  readonly server?: HttpServerOptions;
  /** Whether lists of operations are taken. */
  readonly batching?: boolean;
  /** Instead of the shop's own orders; `sdl` is theirs. */
  readonly answerOrders?: Parameters<typeof serveSubgraph>[0];
}

export async function startShop(options: ShopServerOptions = {}): Promise<ShopServer> {
  const { orders, customers, products } = shopSubgraphs();
  const served = new Map<string, HttpSubgraph>();
  const source = async (subgraph: typeof orders, answer?: ShopServerOptions["answerOrders"]) => {
    const server = answer === undefined ? await overHttp(subgraph) : await serveSubgraph(answer);
    served.set(subgraph.name, server);
    return { kind: "http" as const, name: subgraph.name, url: server.url, sdl: subgraph.sdl };
  };
  const subgraphs = [await source(orders, options.answerOrders), await source(customers), await source(products)];
  const gateway = await createGateway({ source: { kind: "subgraphs", subgraphs }, ...options.gateway });
  const server = await createHttpServer({
    port: 0,
    graphql: createGraphQLHandler(gateway.service, options.batching ? { batching: { maxOperations: 10 } } : {}),
    ...options.server,
  });
  const ordersServer = served.get("orders");
  if (ordersServer === undefined) throw new Error("orders are served");
  return {
    url: `${server.url}/graphql`,
    port: server.port,
    gateway,
    orders: ordersServer,
    async metric(name) {
      const { body } = await gateway.metrics();
      return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(body)?.[1] ?? Number.NaN);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await gateway.close();
      await Promise.all([...served.values()].map((one) => one[Symbol.asyncDispose]()));
    },
  };
}
