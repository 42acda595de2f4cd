import { expect, it } from "vitest";
import { silentLogger } from "../observability/logger.ts";
import { warnOfUnknown } from "./warn-of-unknown.ts";

it("warns of time limits for subgraphs that are not there, and says which one may be meant", () => {
  const warnings: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (fields: object, message: string) => void warnings.push({ ...fields, message }),
  };
  warnOfUnknown({ orders: 1, odrers: 2, elsewhere: 3 }, ["orders", "customers"], logger);
  expect(warnings).toEqual([
    {
      subgraph: "odrers",
      message: "a time limit is set for a subgraph that is not in the graph. Did you mean `orders`?",
    },
    { subgraph: "elsewhere", message: "a time limit is set for a subgraph that is not in the graph." },
  ]);
});
