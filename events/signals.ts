import type { Signal } from "./event-log.ts";

export function printSignal(signal: Signal): string {
  return JSON.stringify(signal);
}

/** Undefined for what is none: whoever tells something else there, or another version, is not listened to. */
export function readSignal(text: string): Signal | undefined {
  try {
    const { kind, partition, group, member } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (kind === "appended" && typeof partition === "number") return { kind, partition };
    if (typeof group !== "string") return undefined;
    if (kind === "freed" && typeof partition === "number") return { kind, partition, group };
    if ((kind === "here" || kind === "left") && typeof member === "string") return { kind, group, member };
    return undefined;
  } catch {
    return undefined;
  }
}
