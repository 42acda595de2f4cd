import { describe, expect, it } from "vitest";
import { readNatsAddress } from "./address.ts";

describe("the address of a NATS", () => {
  it.each([
    ["nats://127.0.0.1", { servers: ["127.0.0.1:4222"], isTlsRequired: false, credentials: undefined }],
    ["nats://one:5222,two,[::1]:6222/", { servers: ["one:5222", "two:4222", "[::1]:6222"], isTlsRequired: false }],
    [
      "tls://me:a%40b:c@bus.example",
      { servers: ["bus.example:4222"], isTlsRequired: true, credentials: { user: "me", pass: "a@b:c" } },
    ],
    ["nats://t0ken@one", { servers: ["one:4222"], credentials: { token: "t0ken" } }],
    ["nats://@one", { credentials: undefined }],
  ])("is read: %s", (text, address) => {
    expect(readNatsAddress(text)).toMatchObject(address);
  });

  it.each([
    ["127.0.0.1:4222", "nats://host:4222"],
    ["nats://one:99999", "host:port"],
    ["nats://one:two", "host:port"],
    ["nats://me:se%cret@one", "%25"],
    ["http://:secret@one", "tls://user:password@host:4222"],
    ["nats://me:secret@one/path", "nats://host:4222"],
    ["nats://secret@", "nats://host:4222"],
  ])("is refused with what to write instead, without its password: %s", (text, instead) => {
    expect(() => readNatsAddress(text)).toThrow(expect.objectContaining({ code: "BUS_ADDRESS_INVALID" }));
    expect(() => readNatsAddress(text)).toThrow(instead);
    expect(() => readNatsAddress(text)).not.toThrow("cret");
  });
});
