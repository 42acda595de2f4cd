import { parse } from "graphql";
import { describe, expect, test } from "vitest";
import { compose } from "../../bench/engine/compose-shop.ts";
import { createShop, deepQuery } from "../../bench/engine/shop.ts";
import { fetchesOf } from "./plan.ts";
import { createPlanner } from "./planner.ts";
import { printPlan } from "./print-plan.ts";
import { printSchedule } from "./print-schedule.ts";
import { schedule } from "./schedule.ts";

const planner = createPlanner(compose(createShop()));
const planOf = (query: string) => planner.plan(parse(query)).plan;

describe("a schedule", () => {
  test("asks each subgraph once in a wave, sixteen fetches in six requests", () => {
    const plan = planOf(deepQuery);
    expect(fetchesOf(plan.root)).toHaveLength(16);
    expect(schedule(plan).waves.map((wave) => wave.map(({ subgraph }) => subgraph))).toEqual([
      ["accounts", "products"],
      ["reviews"],
      ["products", "accounts"],
      ["inventory"],
    ]);
  });

  test("has every fetch of the plan exactly once, in a wave behind all that it waits for", () => {
    const plan = planOf(deepQuery);
    const waveById = new Map<number, number>();
    const scheduled = schedule(plan).waves.flatMap((wave, index) =>
      wave.flatMap(({ groups }) =>
        groups.flatMap(({ fetches }) => {
          for (const { fetch } of fetches) waveById.set(fetch.id, index);
          return fetches;
        }),
      ),
    );
    expect(scheduled.map(({ fetch }) => fetch.id).sort((a, b) => a - b)).toEqual([...Array(16).keys()]);
    for (const { fetch, after } of scheduled) {
      for (const id of after) expect(waveById.get(id)).toBeLessThan(waveById.get(fetch.id) ?? -1);
    }
  });

  test("shares a list of representations where the same is asked of the same type; prints as text", () => {
    const query = "{ users { reviews { product { name } } } topProducts { reviews { product { name } } } }";
    expect(printPlan(planOf(query))).toMatchInlineSnapshot(`
      "query
        parallel
          sequence
            #0 accounts {users{id}}
            #1 reviews at users.@ {... on User{__typename id}} => {... on User{reviews{product{upc}}}}
            #2 products at users.@.reviews.@.product {... on Product{__typename upc}} => {... on Product{name}}
          sequence
            #3 products {topProducts{upc}}
            #4 reviews at topProducts.@ {... on Product{__typename upc}} => {... on Product{reviews{product{upc}}}}
            #5 products at topProducts.@.reviews.@.product {... on Product{__typename upc}} => {... on Product{name}}
      "
    `);
    expect(printSchedule(schedule(planOf(query)))).toMatchInlineSnapshot(`
      "wave 1
        accounts
          #0 accounts {users{id}}
        products
          #3 products {topProducts{upc}}
      wave 2
        reviews
          #1 reviews at users.@ {... on User{__typename id}} => {... on User{reviews{product{upc}}}} after #0
          #4 reviews at topProducts.@ {... on Product{__typename upc}} => {... on Product{reviews{product{upc}}}} after #3
      wave 3
        products
          #2 products at users.@.reviews.@.product {... on Product{__typename upc}} => {... on Product{name}} after #0 #1
          = #5 products at topProducts.@.reviews.@.product {... on Product{__typename upc}} => {... on Product{name}} after #3 #4
      "
    `);
  });

  test("runs neighbouring root fields of a mutation at one subgraph in one request, in their order", () => {
    const query = `mutation {
      a: addReview(upc: "p1", body: "x") { author { name } }
      b: addReview(upc: "p2", body: "y") { author { name } }
    }`;
    expect(printSchedule(schedule(planOf(query)))).toMatchInlineSnapshot(`
      "wave 1
        reviews
          #0 reviews {_a0_addReview:addReview(upc: "p1",body: "x"){author{id}} _a1_addReview:addReview(upc: "p2",body: "y"){author{id}}}
      wave 2
        accounts
          #1 accounts at _a0_addReview.author {... on User{__typename id}} => {... on User{name}} after #0
          = #2 accounts at _a1_addReview.author {... on User{__typename id}} => {... on User{name}} after #0
      "
    `);
  });
});

test("a plan is frozen to its leaves, and the same operation has the same plan", () => {
  const plan = planOf(deepQuery);
  expect(Object.isFrozen(plan)).toBe(true);
  expect(fetchesOf(plan.root).every((fetch) => Object.isFrozen(fetch.selections[0]))).toBe(true);
  expect(planOf(deepQuery)).toEqual(plan);
});

test("a type that is known is not asked for, one that has to be found out is", () => {
  const text = printPlan(planOf("{ users { reviews { __typename product { __typename upc } } } me { __typename } }"));
  expect(text).not.toContain("reviews{__typename");
  expect(text).not.toContain("product{__typename");
  // Whether the object is there must be asked, though.
  expect(text).toContain("me{__typename}");
});
