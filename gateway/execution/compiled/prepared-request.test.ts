import { expect, test } from "vitest";
import { anonymous } from "#policies";
import { prepareRequest } from "./prepared-request.ts";

test("body and variables of a prepared request say the same", () => {
  const request = prepareRequest(
    {
      operationType: "query",
      query: "{ a }",
      operationName: undefined,
      prefix: '{"query":"{ a }","variables":{',
      variables: ["x"],
    },
    '"x":[1,"two"]',
    { caller: anonymous, headers: new Map() },
  );
  expect(request.variables).toEqual({ x: [1, "two"] });
  expect(JSON.parse(request.body)).toEqual({ query: "{ a }", variables: request.variables });
});
