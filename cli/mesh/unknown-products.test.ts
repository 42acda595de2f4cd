import { expect, it } from "vitest";
import type { MeshConfig } from "../config/read-config.ts";
import { unknownProducts } from "./unknown-products.ts";

it("names products of which something is said and that are not there, wherever the others run", () => {
  const gateway = {
    cache: { products: { orders: "off", broken: "on", far: "shadow", ordrs: "off" } },
    remote: { far: { url: "http://far.example/graphql" } },
  } as unknown as MeshConfig["gateway"];
  const mesh = { products: new Map([["orders", {}]]) } as never;
  expect(unknownProducts({ file: "datamesh.yaml", gateway }, { mesh, broken: new Map([["broken", []]]) })).toEqual([
    {
      level: "warning",
      code: "unknown-product",
      message: "The mesh has no product `ordrs`, so the mode has no effect. Did you mean `orders`?",
      place: { file: "datamesh.yaml" },
      path: "spec.gateway.cache.products.ordrs",
    },
  ]);
});
