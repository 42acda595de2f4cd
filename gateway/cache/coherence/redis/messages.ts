/**
 * What members say to each other, as texts:
 *
 *   ping <beat>                            to oneself
 *   ack <member> <announcement> <removed>  to who announced
 *   notice <member> <announcement> <what>  to everybody; what it says may be sealed
 */
import type { Notice } from "../coherence.ts";
import { readNotice, writeNotice } from "../sent-notice.ts";

export type Message =
  | { readonly kind: "ping"; readonly beat: number }
  | { readonly kind: "ack"; readonly member: string; readonly number: number; readonly removed: number }
  | { readonly kind: "notice"; readonly from: string; readonly number: number; readonly payload: string };

/** So that whoever reads along in Redis learns no names. */
export interface Seal {
  seal(text: string): string;
  /** Undefined when it was not sealed so. */
  open(text: string): string | undefined;
}

/** More than one can name: everything may have been invalidated. */
export const everything = "everything";

export const ack = (member: string, number: number, removed: number): string => `ack ${member} ${number} ${removed}`;
export const notice = (from: string, number: number, payload: string): string => `notice ${from} ${number} ${payload}`;

const shape = /^(?:ping (\d{1,15})|ack ([\w-]{1,64}) (\d{1,15}) (\d{1,15})|notice ([\w-]{1,64}) (\d{1,15}) (.*))$/s;

/** Undefined for a text that is none of them. */
export function readMessage(text: string): Message | undefined {
  const [, beat, member, acknowledged, removed, from, number, payload] = shape.exec(text) ?? [];
  if (beat !== undefined) return { kind: "ping", beat: Number(beat) };
  if (member !== undefined) {
    return { kind: "ack", member, number: Number(acknowledged), removed: Number(removed) };
  }
  if (from === undefined || payload === undefined) return undefined;
  return { kind: "notice", from, number: Number(number), payload };
}

export function writePayload(what: Notice | typeof everything, seal: Seal | undefined): string {
  const text = JSON.stringify(what === everything ? {} : writeNotice(what));
  return seal === undefined ? text : seal.seal(text);
}

/** Undefined when it names nothing, or cannot be read: then everything may be meant. */
export function readPayload(payload: string, seal: Seal | undefined): Notice | undefined {
  try {
    const text = seal === undefined ? payload : seal.open(payload);
    return text === undefined ? undefined : readNotice(JSON.parse(text));
  } catch {
    return undefined;
  }
}
