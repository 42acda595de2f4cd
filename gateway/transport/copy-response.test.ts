import { describe, expect, it } from "vitest";
import { requestWith } from "../fixtures/subgraph-request.fixture.ts";
import { copyResponse } from "./copy-response.ts";

const request = requestWith();

describe("a copy of a response that came as an object", () => {
  it("equals it and shares no list and no plain object with it", () => {
    const response = {
      data: Object.assign(Object.create(null), { a: [{ b: 1 }, null, "x"] }) as Record<string, unknown>,
      errors: [{ message: "m", path: ["a", 0] }],
    };
    const copy = copyResponse("orders", request, response);
    expect(copy).toEqual(response);
    expect(copy.data).not.toBe(response.data);
    const [list, copiedList] = [response.data.a, copy.data?.a] as [unknown[], unknown[]];
    expect(copiedList).not.toBe(list);
    expect(copiedList[0]).not.toBe(list[0]);
    expect(copy.errors?.[0]).not.toBe(response.errors[0]);
  });

  it("keeps what a scalar made as it is, so that it prints itself as before", () => {
    class Decimal {
      toJSON(): string {
        return "1.50";
      }
    }
    const at = new Date(0);
    const copy = copyResponse("orders", request, { data: { price: new Decimal(), at, big: 1n } });
    expect(copy.data?.at).toBe(at);
    expect(copy.data?.big).toBe(1n);
    expect(JSON.stringify(copy.data?.price)).toBe('"1.50"');
  });

  it("keeps members with the names of prototypes", () => {
    const data = JSON.parse('{"__proto__":{"x":1},"constructor":2}');
    const copy = copyResponse("orders", request, { data });
    expect(JSON.stringify(copy.data)).toBe('{"__proto__":{"x":1},"constructor":2}');
    expect(Object.getPrototypeOf(copy.data)).toBe(Object.prototype);
  });
});

describe("a copy of a response that came as bytes", () => {
  const bytes = Buffer.from('{"data":{"a":[1]}}');

  it("is parsed from them, and has them if that is wanted", () => {
    expect(copyResponse("orders", request, { data: {}, bytes })).toEqual({ data: { a: [1] } });
    const wanting = requestWith({ wantsBytes: true });
    expect(copyResponse("orders", wanting, { unchanged: true, bytes })).toEqual({ data: { a: [1] }, bytes });
  });

  it("is unchanged for who remembers the same bytes, and for nobody else", () => {
    const remembering = (text: string) => requestWith({ remembered: new TextEncoder().encode(text) });
    const response = { data: { a: [1] }, bytes };
    expect(copyResponse("orders", remembering('{"data":{"a":[1]}}'), response)).toEqual({ unchanged: true });
    expect(copyResponse("orders", remembering('{"data":{"a":[2]}}'), response)).toEqual({ data: { a: [1] } });
  });
});
