import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
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
    const { errors, schema } = composeServices(services);
    expect((errors ?? []).map((error) => error.message)).toEqual([]);
    const customer = schema?.toGraphQLJSSchema();
    expect(customer).toBeDefined();
  });
});
