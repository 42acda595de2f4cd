import { describe, expect, it } from "vitest";
import { createHeaderPropagation } from "./headers.ts";

const given = new Map([
  ["authorization", "Bearer secret"],
  ["cookie", "session=1"],
  ["x-request-id", "r1"],
  ["connection", "close"],
  ["mesh-gateway-token", "forged"],
]);

describe("header propagation", () => {
  it("lets nothing through by default", () => {
    expect([...createHeaderPropagation([])(given)]).toEqual([]);
  });

  it("lets through what is named, in any case, and what is there", () => {
    expect([...createHeaderPropagation(["X-Request-Id", "x-missing"])(given)]).toEqual([["x-request-id", "r1"]]);
  });

  it("never lets through hop-by-hop headers or a token that claims to be the gateway's, even if named", () => {
    const propagate = createHeaderPropagation(["connection", "Host", "mesh-gateway-token", "authorization"]);
    expect([...propagate(given)]).toEqual([["authorization", "Bearer secret"]]);
  });
});
