import { composeServices } from "@apollo/composition";
import { Supergraph } from "@apollo/federation-internals";
import { parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import type { LinkedProduct } from "#schema";
import { customersProduct, exampleMesh, ordersProduct } from "./serving.fixture.ts";
import { createSubgraph } from "./subgraph.ts";

const nowhere = { snapshot: () => Promise.reject(new Error("nothing is read here")) };

describe("generated subgraphs", () => {
  const sdlOf = (product: LinkedProduct): string =>
    createSubgraph({ product, mesh: exampleMesh, snapshots: nowhere }).sdl;

  it("compose into one supergraph in which products meet at their entities", () => {
    const services = [ordersProduct, customersProduct].map((product) => ({
      name: product.manifest.metadata.name,
      typeDefs: parse(sdlOf(product)),
      url: "http://127.0.0.1:1",
    }));
    const composed = composeServices(services);
    expect((composed.errors ?? []).map((error) => error.message)).toEqual([]);
    expect((composed.hints ?? []).map((hint) => hint.message)).toEqual([]);

    const supergraph = parse(composed.supergraphSdl ?? "");
    const api = Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema();
    const query = `{ orders(where: { region: { eq: "West" } }) { nodes { customer { name orders(first: 3) { totalCount } } lines { nodes { sales } } } } }`;
    expect(validate(api, parse(query))).toEqual([]);
  });

  it("keep in the supergraph what the manifests say, for every product", () => {
    const composed = composeServices(
      [ordersProduct, customersProduct].map((product) => ({
        name: product.manifest.metadata.name,
        typeDefs: parse(sdlOf(product)),
        url: "http://127.0.0.1:1",
      })),
    );
    const sdl = composed.supergraphSdl ?? "";
    for (const product of ["orders", "customers"])
      expect(sdl).toContain(`@dataProduct(name: "${product}", domain: "sales", version: "1.2.0"`);
    expect(sdl).toContain('@pii(category: "name", subject: true)');
    expect(sdl).toContain('@sunset(date: "2027-01-01", replacedBy: "Order.shipMode"');
  });

  it("tell how many rows a field may give, in words that a gateway estimates costs from", () => {
    const subgraph = createSubgraph({
      product: ordersProduct,
      mesh: exampleMesh,
      snapshots: nowhere,
      extension: {
        schema: { file: "schema.graphql", text: "extend type Order { margin: Float @cost(weight: 5) }" },
        resolvers: { file: "resolvers.ts", resolvers: { Order: { margin: () => 0 } } },
      },
    });
    const service = { name: "orders", url: "http://127.0.0.1:1", typeDefs: parse(subgraph.sdl) };
    const sdl = composeServices([service]).supergraphSdl ?? "";
    const fieldOf = (name: string): string => new RegExp(`^  ${name}\\(.*$`, "m").exec(sdl)?.[0] ?? "";
    expect(sdl).toContain('@link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@listSize"])');
    const page = 'sizedFields: ["edges", "nodes"], requireOneSlicingArgument: false)';
    expect(fieldOf("orders")).toContain(`@listSize(assumedSize: 50, slicingArguments: ["first", "last"], ${page}`);
    expect(fieldOf("ordersAggregate")).toContain(
      '@listSize(assumedSize: 1000, slicingArguments: ["first"], requireOneSlicingArgument: false)',
    );
    expect(sdl).toContain("margin: Float @cost(weight: 5)");
  });
});
