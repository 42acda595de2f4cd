/** Code for an operation's answer is made when it comes back, or when it is made in advance; its texts are the same. */
import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { anonymous } from "#policies";
import { planHere } from "../../plan/plan-here.ts";
import { createCompiledExecutor } from "./compiled-executor.ts";

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { orders: [Order!]! } type Order { id: ID! note: String }`;
const { supergraphSdl = "" } = composeServices([{ name: "all", url: "http://all.invalid", typeDefs: parse(sdl) }]);
const planning = planHere(supergraphSdl);

/** Sources of the functions that have been generated. */
let made: string[];

beforeEach(() => {
  made = [];
  const real = Function;
  vi.stubGlobal(
    "Function",
    class {
      constructor(...parts: string[]) {
        made.push(parts.at(-1) ?? "");
        // biome-ignore lint/correctness/noConstructorReturn: it stands for the real one.
        return Reflect.construct(real, parts) as object;
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

const writers = (): number => made.filter((source) => source.includes("function write")).length;

function createAsking() {
  const client = {
    name: "all",
    execute: async () => ({
      data: {
        orders: [
          { id: "1", note: null },
          { id: "2", note: 'a "b"' },
        ],
      },
    }),
    close: async () => undefined,
  };
  const executor = createCompiledExecutor({ planning, clients: new Map([["all", client]]) });
  const query = "{ orders { id note } }";
  const request = {
    query,
    document: parse(query),
    operationName: undefined,
    variables: {},
    caller: anonymous,
    signal: new AbortController().signal,
    headers: new Map<string, string>(),
    decisions: undefined,
  };
  return { executor, request };
}

test("the first answer is completed without code of its own, the next ones by code that is made once", async () => {
  const { executor, request } = createAsking();
  const first = await executor.execute(request);
  expect(writers()).toBe(0);
  const second = await executor.execute(request);
  expect(writers()).toBe(1);
  expect(await executor.execute(request)).toEqual(second);
  expect(writers()).toBe(1);
  expect(first.text).toBe('{"orders":[{"id":"1","note":null},{"id":"2","note":"a \\"b\\""}]}');
  expect(second).toEqual(first);
});

test("what is made in advance has its code before the first answer", async () => {
  const { executor, request } = createAsking();
  await executor.warm({ ...request, labels: [], count: 1 });
  expect(writers()).toBe(1);
  await executor.execute(request);
  expect(writers()).toBe(1);
});
