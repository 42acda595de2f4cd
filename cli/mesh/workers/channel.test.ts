import { describe, expect, it } from "vitest";
import { ClientError } from "#schema";
import { createChannel, type Wire } from "./channel.ts";

interface Left {
  double(value: number): Promise<number>;
  fail(how: string): Promise<void>;
  hang(argument: undefined): Promise<void>;
}
interface Right {
  name(argument: undefined): Promise<string>;
}

/** Two ends whose messages are copied, as between processes. */
function wires(): [Wire, Wire] {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  const end = (own: number, other: number): Wire => ({
    send: (message) => {
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => {
        for (const listener of listeners[other] ?? []) listener(copy);
      });
    },
    onMessage: (listener) => void listeners[own]?.push(listener),
  });
  return [end(0, 1), end(1, 0)];
}

function connected() {
  const [one, other] = wires();
  const left: Left = {
    double: async (value) => value * 2,
    fail: async (how) => {
      throw how === "shown" ? new ClientError("PORT_IN_USE", "port 1 is in use", { status: 500 }) : new Error(how);
    },
    hang: () => new Promise(() => undefined),
  };
  createChannel<Right, Left>(one, left);
  return createChannel<Left, Right>(other, { name: async () => "right" });
}

describe("a channel", () => {
  it("gives each question its own answer", async () => {
    const channel = connected();
    const answers = await Promise.all([1, 2, 3].map((value) => channel.call("double", value)));
    expect(answers).toEqual([2, 4, 6]);
  });

  it("rejects with what the other side threw, with the code of an error that is meant to be shown", async () => {
    const channel = connected();
    await expect(channel.call("fail", "broken")).rejects.toEqual(new Error("broken"));
    const shown = await channel.call("fail", "shown").catch((error: unknown) => error);
    expect(shown).toBeInstanceOf(ClientError);
    expect(shown).toMatchObject({ code: "PORT_IN_USE", message: "port 1 is in use", status: 500 });
  });

  it("rejects what is open and what comes later when the other side is gone", async () => {
    const channel = connected();
    const open = channel.call("hang", undefined);
    channel.close(new Error("gone"));
    await expect(open).rejects.toThrow("gone");
    await expect(channel.call("double", 1)).rejects.toThrow("gone");
  });

  it("answers neither what nobody offers nor what every object has", async () => {
    const channel = connected();
    // As a program of another version would.
    const call = channel.call as (name: string, argument: unknown) => Promise<unknown>;
    await expect(call("triple", 1)).rejects.toThrow('nobody answers "triple"');
    await expect(call("toString", 1)).rejects.toThrow('nobody answers "toString"');
  });

  it("rejects when the question cannot be sent", async () => {
    const channel = createChannel<Left, Right>(
      { send: (_, failed) => failed(new Error("closed")), onMessage: () => undefined },
      { name: async () => "right" },
    );
    await expect(channel.call("double", 1)).rejects.toThrow("closed");
  });
});
