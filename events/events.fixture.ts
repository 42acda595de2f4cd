/** Events to try the bus with, and what is asked of those who got them. */
import { randomUUID } from "node:crypto";
import type { EventHandler } from "./bus.ts";
import type { BusLogger } from "./bus-options.ts";
import type { MeshEvent } from "./envelope.ts";

export function eventOf(id: string, partitionkey: string, data: unknown = null): MeshEvent {
  return {
    specversion: "1.0",
    id,
    source: "urn:mesh:test:bus",
    type: "io.datamesh.test.thing.happened.v1",
    time: "2026-01-31T12:00:00Z",
    datacontenttype: "application/json",
    partitionkey,
    data,
  };
}

/** `count` events that count up within each of `keys`: ids are `key:0`, `key:1` … */
export function eventsOf(count: number, keys: readonly string[], first = 0): readonly MeshEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const key = keys[i % keys.length] ?? "";
    return eventOf(`${key}:${first + Math.floor(i / keys.length)}`, key);
  });
}

export function idsOf(events: readonly MeshEvent[]): readonly string[] {
  return events.map(({ id }) => id);
}

export const silentLogger: BusLogger = { info: () => undefined, warn: () => undefined };

export function ownName(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`;
}

/** Remembers what it was given. */
export interface Recorder {
  readonly handle: EventHandler;
  readonly calls: (readonly string[])[];
  ids(): readonly string[];
}

export function recorder(inner: EventHandler = async () => undefined): Recorder {
  const calls: (readonly string[])[] = [];
  return {
    calls,
    ids: () => calls.flat(),
    async handle(events) {
      calls.push(idsOf(events));
      await inner(events);
    },
  };
}
