import { describe, expect, it } from "vitest";
import { KeptBody } from "./kept-body.ts";

const read = (body: KeptBody, now: number): unknown => JSON.parse(Buffer.from(body.at(now)).toString());

describe("the body of an answer that is kept", () => {
  it("tells how old the data of its products have become", () => {
    const a = { a: { version: "1", ageSeconds: 5 } };
    const parts = [
      { about: a, bornAt: 2_000 },
      { about: { b: { version: "2" } }, bornAt: 500 },
      { about: a, bornAt: 1_000 },
      { about: undefined, bornAt: 0 },
    ];
    const extensions = { products: { ...a, b: { version: "2" } }, masked: ["x"] };
    const body = new KeptBody('{"data":{"ü":"1"}', extensions, parts, 2_000);
    expect(read(body, 2_000)).toEqual({ data: { ü: "1" }, extensions });
    expect(read(body, 3_400)).toEqual({
      data: { ü: "1" },
      extensions: {
        products: { a: { version: "1", ageSeconds: 7, keptSeconds: 2 }, b: { version: "2", keptSeconds: 2 } },
        masked: ["x"],
      },
    });
    expect(read(body, 3_500)).toMatchObject({ extensions: { products: { b: { keptSeconds: 2 } } } });
    expect(read(body, 4_500)).toMatchObject({ extensions: { products: { b: { keptSeconds: 4 } } } });
    expect(Object.keys((read(body, 9_000) as { extensions: object }).extensions)).toEqual(["products", "masked"]);
  });

  it("is the very same as long as nothing in it is older", () => {
    const parts = [{ about: { a: { version: "1" } }, bornAt: 0 }];
    const body = new KeptBody('{"data":null', { products: { a: { version: "1" } } }, parts, 0);
    const first = body.at(0);
    expect(body.at(999)).toBe(first);
    const second = body.at(1_000);
    expect(second).not.toBe(first);
    expect(body.at(1_999)).toBe(second);
  });

  it("is always the same where no product says anything", () => {
    const body = new KeptBody('{"data":null', {}, [{ about: undefined, bornAt: 0 }], 0);
    expect(Buffer.from(body.at(0)).toString()).toBe('{"data":null}');
    expect(body.at(1_000_000)).toBe(body.at(0));
  });
});
