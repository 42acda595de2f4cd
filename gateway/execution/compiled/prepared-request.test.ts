import { expect, test } from "vitest";
import { anonymous } from "#policies";
import { prepareRequest } from "./prepared-request.ts";

test("a prepared request survives being copied by a wrapper, and body and variables say the same", () => {
  const request = prepareRequest(
    { query: "{ a }", operationName: undefined, prefix: '{"query":"{ a }","variables":{', variables: ["x"] },
    '"x":[1,"two"]',
    { caller: anonymous, headers: new Map(), signal: new AbortController().signal },
  );
  const copy = { ...request, headers: new Map([["a", "b"]]) };
  expect(copy.variables).toEqual({ x: [1, "two"] });
  expect(JSON.parse(copy.body)).toEqual({ query: "{ a }", variables: copy.variables });
});
