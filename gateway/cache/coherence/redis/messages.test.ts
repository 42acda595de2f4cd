import { expect, it } from "vitest";
import type { Notice } from "../coherence.ts";
import { ack, everything, notice, readMessage, readPayload, writePayload } from "./messages.ts";

const told: Notice = {
  scopes: ["a b", "line\nend", "\ud800 alone", "🙂"],
  versions: new Map([["orders", { version: 1, at: 2 }]]),
  forgotten: [["customer", "7 7"]],
};
const sealed = {
  seal: (text: string) => `s${text}`,
  open: (text: string) => (text[0] === "s" ? text.slice(1) : undefined),
};

it("what is written is read", () => {
  expect(readMessage("ping 12")).toEqual({ kind: "ping", beat: 12 });
  expect(readMessage(ack("one", 3, 2))).toEqual({ kind: "ack", member: "one", number: 3, removed: 2 });
  for (const seal of [undefined, sealed]) {
    const text = notice("one", 4, writePayload(told, seal));
    const read = readMessage(text);
    expect(read).toMatchObject({ kind: "notice", from: "one", number: 4 });
    expect(read?.kind === "notice" && readPayload(read.payload, seal)).toEqual(told);
  }
});

it("who forgot nobody says nothing of it", () => {
  const { forgotten: _, ...rest } = told;
  expect(readPayload(writePayload(rest, undefined), undefined)).toEqual(rest);
});

it.each(["", "ping", "ping x", "ping 1 2", "ack one", "notice one 1", "notice two words 1 {}", "hello"])(
  "is no message: %j",
  (text) => {
    expect(readMessage(text)).toBeUndefined();
  },
);

it.each([
  ["everything", writePayload(everything, undefined)],
  ["not JSON", "{"],
  ["null", "null"],
  ["a list", "[]"],
  ["scopes of another kind", JSON.stringify({ scopes: [1], versions: [] })],
  ["no versions", JSON.stringify({ scopes: [] })],
  ["versions of another kind", JSON.stringify({ scopes: [], versions: [["orders", 1]] })],
  ["persons of another kind", JSON.stringify({ scopes: [], versions: [], forgotten: ["x"] })],
])("may mean anything: %s", (_, payload) => {
  expect(readPayload(payload, undefined)).toBeUndefined();
});

it("what was sealed otherwise, or not at all, may mean anything", () => {
  expect(readPayload(writePayload(told, undefined), sealed)).toBeUndefined();
  const breaking = {
    ...sealed,
    open: () => {
      throw new Error("no key");
    },
  };
  expect(readPayload(writePayload(told, sealed), breaking)).toBeUndefined();
});
