import { expect, it } from "vitest";
import type { Acknowledgement } from "../../invalidation/acknowledgement.ts";
import type { Notice } from "../coherence.ts";
import { everything } from "./messages.ts";
import { NoticeBatch } from "./notice-batch.ts";

type Message = Notice | typeof everything;

function recording(answer: (index: number) => Acknowledgement = () => ({ isComplete: true, acknowledgedBy: 2 })): {
  readonly batch: NoticeBatch;
  readonly sent: Message[];
} {
  const sent: Message[] = [];
  return { sent, batch: new NoticeBatch(async (message) => answer(sent.push(message) - 1)) };
}

const scopesOf = (message: Message | undefined): readonly string[] =>
  message === undefined || message === everything ? [] : message.scopes;
const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `scope ${index}`);
const none: Notice["versions"] = new Map();

it("what is announced in one tick is told at once, the later versions", async () => {
  const { batch, sent } = recording();
  const versions = (version: number, at: number): Notice["versions"] => new Map([["orders", { version, at }]]);
  const announced = [
    batch.add({ scopes: ["a", "b"], versions: versions(9, 1) }),
    batch.add({ scopes: ["b", "c"], versions: versions(2, 5) }),
    batch.add({ scopes: [], versions: versions(1, 5), forgotten: [["customer", "7"]] }),
  ];
  expect(await Promise.all(announced)).toEqual(Array(3).fill({ isComplete: true, acknowledgedBy: 2 }));
  expect(sent).toEqual([{ scopes: ["a", "b", "c"], versions: versions(2, 5), forgotten: [["customer", "7"]] }]);
  await batch.add({ scopes: ["d"], versions: none });
  expect(sent.slice(1)).toEqual([{ scopes: ["d"], versions: none }]);
});

it("what does not fit into one message is told by several, each name in one", async () => {
  const { batch, sent } = recording();
  const versions = new Map([["orders", { version: 1, at: 1 }]]);
  await batch.add({ scopes: names(2_500), versions });
  expect(sent.flatMap(scopesOf)).toEqual(names(2_500));
  for (const message of sent) expect(scopesOf(message).length).toBeLessThanOrEqual(1_000);
  expect(sent.filter((message) => message !== everything && message.versions.size > 0)).toHaveLength(1);
});

it("beyond all measure it is everything; versions and persons are named all the same", async () => {
  const { batch, sent } = recording();
  const versions = new Map([["orders", { version: 1, at: 1 }]]);
  await batch.add({ scopes: names(50_000), versions, forgotten: [["customer", "7"]] });
  expect(sent).toEqual([everything, { scopes: [], versions, forgotten: [["customer", "7"]] }]);
});

it("is complete when each message is", async () => {
  const { batch } = recording((index) => ({ isComplete: index !== 1, acknowledgedBy: 3 - index }));
  expect(await batch.add({ scopes: names(2_500), versions: none })).toEqual({ isComplete: false, acknowledgedBy: 1 });
});
