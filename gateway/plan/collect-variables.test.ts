import { parse } from "graphql";
import { expect, it } from "vitest";
import { shopSubgraphs } from "../fixtures/shop.fixture.ts";
import { compose } from "../supergraph/compose.ts";
import { fetchesOf } from "./plan.ts";
import { createPlanner } from "./planner.ts";
import { printPlan } from "./print-plan.ts";

// Without the measure it would plan this for longer than anybody waits.
it("plans a literal of a hundred nested lists, with the variables that are in it", async () => {
  const subgraphs = Object.values(shopSubgraphs()).map(({ name, sdl }) => ({ name, sdl, url: "http://127.0.0.1:1" }));
  const composed = await compose(subgraphs);
  if (composed.kind === "failed") throw new Error("the shop composes");
  const planner = createPlanner(composed.supergraphSdl);
  const nested = `${"{ and: [{}, ".repeat(100)}{ region: $deep }${"] }".repeat(100)}`;
  const query = `query ($deep: Region, $top: Region) { orders(region: $top, where: ${nested}) { id customer { name } } }`;
  const { plan } = planner.plan(parse(query));
  expect(printPlan(plan)).toContain("$deep");
  const orders = [...fetchesOf(plan.root)].find(({ subgraph }) => subgraph === "orders");
  expect(orders?.variables.map(({ name }) => name).sort()).toEqual(["deep", "top"]);
});
