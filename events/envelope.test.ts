import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowChanged, versionPublished } from "./change-events.ts";
import { readEvent } from "./envelope.ts";
import { eventOf } from "./events.fixture.ts";

const event = { ...eventOf("1", "key", { secret: "Ada" }), subject: "Order/1", traceparent: "00-a-b-01" };

describe("an event", () => {
  it("is read from its text and from what is parsed, and is what it was", () => {
    expect(readEvent(JSON.stringify(event))).toEqual(event);
    expect(readEvent(event)).toBe(event);
    const source = { domain: "sales", product: "orders", time: new Date() };
    const changed = rowChanged(source, {
      product: "orders",
      entity: "Order",
      key: { id: "a\nb" },
      change: "created",
      version: 1,
    });
    expect(readEvent(JSON.stringify(changed))).toEqual(changed);
    const published = versionPublished(source, { product: "orders", version: 1, productVersion: "1.0.0" });
    expect(readEvent(JSON.stringify(published))).toEqual(published);
  });

  it("keeps extension attributes that nobody here knows", () => {
    const more = { ...event, tenant: "north", retries: -3, sampled: true, "0a9": "x" };
    expect(readEvent(JSON.stringify(more))).toEqual(more);
  });

  it("may leave out what the format implies: a content type, and data", () => {
    const { datacontenttype, data, ...rest } = event;
    expect(readEvent(rest)).toEqual({ ...rest, datacontenttype: "application/json" });
    expect(readEvent({ ...rest, datacontenttype: null, subject: null, dataschema: null })).toEqual(
      readEvent((({ subject, ...others }) => others)(rest)),
    );
    expect(readEvent({ ...event, data: null }).data).toBeNull();
  });

  it.each([
    "2026-01-31T12:00:00Z",
    "2026-01-31t12:00:00.123456789z",
    "2024-02-29T23:59:60+14:00",
    "0000-01-01T00:00:00-00:00",
    "2000-02-29T00:00:00Z",
  ])("has a time of RFC 3339: %s", (time) => {
    expect(readEvent({ ...event, time }).time).toBe(time);
  });

  it.each([
    ["", "no JSON; send one event as one JSON object"],
    ["[]", "no JSON object; send one event as one object"],
    ["null", "no JSON object"],
    ["7", "no JSON object"],
    [{ ...event, specversion: "0.3" }, '"specversion" is not the version that is read here; write "1.0"'],
    [{ ...event, id: "" }, '"id" is missing or no text; write an id that is unique within its source'],
    [{ ...event, id: 7 }, '"id" is missing'],
    [{ ...event, id: null }, '"id" is missing'],
    [{ ...event, id: "a\u0000" }, '"id" has characters that no attribute may have; leave control characters out'],
    [{ ...event, type: undefined }, '"type" is missing'],
    [{ ...event, source: "two words" }, '"source" is no URI reference; write one such as urn:mesh:sales:orders'],
    [{ ...event, source: "%zz" }, '"source" is no URI reference'],
    [{ ...event, time: "2026-01-31" }, '"time" is no RFC 3339 time; write one such as 2026-01-31T12:00:00Z'],
    [{ ...event, time: "2026-02-29T00:00:00Z" }, '"time" is no'],
    [{ ...event, time: "1900-02-29T00:00:00Z" }, '"time" is no'],
    [{ ...event, time: "2026-13-01T00:00:00Z" }, '"time" is no'],
    [{ ...event, time: "2026-01-01T24:00:00Z" }, '"time" is no'],
    [{ ...event, time: "2026-01-01T00:00:00" }, '"time" is no'],
    [{ ...event, time: "2026-01-01T00:00:00+24:00" }, '"time" is no'],
    [{ ...event, partitionkey: undefined }, '"partitionkey" is missing or no text; write a key'],
    [{ ...event, datacontenttype: "text/xml" }, '"datacontenttype" is not what is read here; write "application/json"'],
    [{ ...event, data_base64: "QWRh" }, '"data_base64" is not read here; write JSON in "data"'],
    [{ ...event, traceParent: "x" }, '"traceParent" is no name of an attribute; write lower-case letters and digits'],
    [{ ...event, [`${"n".repeat(39)}é Ada`]: "x" }, `"${"n".repeat(39)}é" is no name`],
    [{ ...event, subject: ["Ada"] }, '"subject" is no text, no boolean and no whole number of 32 bits'],
    [{ ...event, retries: 1.5 }, '"retries" is no text'],
    [{ ...event, retries: 2 ** 31 }, '"retries" is no text'],
    [{ ...event, subject: "\ud800 Ada" }, '"subject" has characters'],
  ])("is refused with what, where and what instead, without a value: %#", (value, words) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    for (const given of [text, ...(typeof value === "string" ? [] : [value])]) {
      expect(() => readEvent(given)).toThrow(expect.objectContaining({ code: "EVENT_INVALID", status: 400 }));
      expect(() => readEvent(given)).toThrow(words);
      expect(() => readEvent(given)).not.toThrow(/Ada|secret|QWRh/);
    }
  });

  it("is refused when its text is too long, before it is parsed", () => {
    const text = JSON.stringify({ ...event, data: "ü".repeat(100) });
    expect(readEvent(text, Buffer.byteLength(text)).id).toBe("1");
    expect(() => readEvent(text, Buffer.byteLength(text) - 1)).toThrow("has more than");
    expect(() => readEvent("not JSON at all", 3)).toThrow("has more than 3 bytes");
  });

  it("is read or refused, and never anything else, whatever comes", () => {
    const field = fc.constantFrom(...Object.keys(event), "Other", "other1");
    const anything = fc.dictionary(field, fc.jsonValue()).map((changes) => JSON.stringify({ ...event, ...changes }));
    fc.assert(
      fc.property(fc.oneof(anything, fc.json(), fc.string()), (text) => {
        try {
          expect(readEvent(text)).toMatchObject({ specversion: "1.0", datacontenttype: "application/json" });
        } catch (error) {
          expect(error).toMatchObject({ code: "EVENT_INVALID" });
        }
      }),
    );
  });
});
