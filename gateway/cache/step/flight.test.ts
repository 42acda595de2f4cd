import { describe, expect, it } from "vitest";
import { MutationFence } from "../../transport/flights.ts";
import { EntryFlights, type Flight } from "./flight.ts";

const keys = (...names: string[]) => names.map((key) => ({ key }));

async function hasEnded({ ended }: Flight): Promise<boolean> {
  return Promise.race([ended.then(() => true), Promise.resolve().then(() => false)]);
}

describe("what is being asked for", () => {
  it("is waited for by its key until it has ended, whatever the key is", async () => {
    const flights = new EntryFlights(new MutationFence());
    const strange = ["", "__proto__", "constructor", 'a,"b"\nÜ', "k".repeat(100_000)];
    const flight = flights.begin(keys(...strange));
    for (const key of strange) expect(flights.find(key)).toBe(flight);
    expect(flights.find("toString")).toBeUndefined();
    expect(await hasEnded(flight)).toBe(false);
    flights.end(flight, keys(...strange));
    expect(await hasEnded(flight)).toBe(true);
    for (const key of strange) expect(flights.find(key)).toBeUndefined();
  });

  it("is waited for where it was asked for first", async () => {
    const flights = new EntryFlights(new MutationFence());
    const first = flights.begin(keys("a", "b"));
    const second = flights.begin(keys("b", "c"));
    expect(["a", "b", "c"].map((key) => flights.find(key))).toEqual([first, first, second]);
    flights.end(second, keys("b", "c"));
    expect(flights.find("b")).toBe(first);
    expect([await hasEnded(first), await hasEnded(second)]).toEqual([false, true]);
    expect(flights.find("c")).toBeUndefined();
  });

  it("is joined by nobody who asks after a mutation, and asked for anew once for them", () => {
    const mutations = new MutationFence();
    const flights = new EntryFlights(mutations);
    const before = flights.begin(keys("a"));
    mutations.mutationEnded();
    expect(flights.find("a")).toBeUndefined();
    const after = flights.begin(keys("a"));
    expect(flights.find("a")).toBe(after);
    // Whoever began before ends only what is its own.
    flights.end(before, keys("a"));
    expect(flights.find("a")).toBe(after);
  });

  it("is waited for where it was handed on to, as if it had been asked for there from the start", async () => {
    const mutations = new MutationFence();
    const flights = new EntryFlights(mutations);
    const other = flights.begin(keys("c"));
    const flight = flights.begin(keys("a", "b", "c"));
    const split = flights.split(flight, keys("b", "c", "unknown"));
    expect(["a", "b", "c", "unknown"].map((key) => flights.find(key))).toEqual([flight, split, other, undefined]);
    flights.end(flight, keys("a", "b"));
    expect([await hasEnded(flight), await hasEnded(split)]).toEqual([true, false]);
    expect(flights.find("b")).toBe(split);
    mutations.mutationEnded();
    const late = flights.split(split, keys("b"));
    expect(late.startedAt).toBe(split.startedAt);
    expect(flights.find("b")).toBeUndefined();
  });
});
