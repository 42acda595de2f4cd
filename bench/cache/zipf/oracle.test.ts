import { describe, expect, it } from "vitest";
import { type Change, judge, type Read } from "./oracle.ts";

const change = (given: Partial<Change>): Change => ({
  id: "1",
  revision: 1,
  by: "event",
  committedAt: 100,
  publishedAt: 110,
  acknowledgedAt: 150,
  ...given,
});
const read = (revision: number, startedAt: number, endedAt = startedAt + 1): Read => ({
  id: "1",
  revision,
  startedAt,
  endedAt,
});

describe("an older revision", () => {
  it("is a fault in an answer that was asked for after the acknowledgement", () => {
    const late = read(0, 150.1);
    const { wrong, checked } = judge([late], [change({})]);
    expect([wrong.event, checked]).toEqual([[{ read: late, change: change({}) }], { event: 1, operator: 0 }]);
  });

  it("is none in an answer that was asked for before, whenever it arrives", () => {
    const { wrong, checked } = judge([read(0, 149, 200)], [change({})]);
    expect([wrong.event, checked.event]).toEqual([[], 0]);
  });

  it("is a fault by the acknowledgement of an operator, too", () => {
    const { wrong } = judge([read(0, 160)], [change({ by: "operator" })]);
    expect([wrong.event.length, wrong.operator.length]).toEqual([0, 1]);
  });

  it("is none while nobody has acknowledged anything", () => {
    expect(judge([read(0, 900)], [change({ acknowledgedAt: undefined })]).checked.event).toBe(0);
  });

  it("is measured against the newest change that was acknowledged, in whatever order that came", () => {
    const changes = [change({ revision: 2, acknowledgedAt: 200 }), change({ revision: 1, acknowledgedAt: 300 })];
    const { wrong, checked } = judge([read(1, 250), read(2, 350), read(1, 350)], changes);
    expect([wrong.event.length, checked.event]).toEqual([2, 3]);
  });
});

describe("staleness", () => {
  const of = (...reads: readonly Read[]): readonly (number | undefined)[] =>
    judge(reads, [change({})]).staleness.flatMap(({ sinceCommitMs, sincePublishedMs, askedSinceCommitMs }) => [
      sinceCommitMs,
      sincePublishedMs,
      askedSinceCommitMs,
    ]);

  it("lasts until the last older answer has arrived", () => {
    expect(of(read(0, 101, 130), read(1, 104, 131), read(0, 99, 125))).toEqual([30, 20, 1]);
  });

  it("is nothing where no older answer came after the change", () => {
    expect(of(read(0, 50), read(1, 101))).toEqual([0, 0, 0]);
  });

  it("is not that of another entity, and not known since an event that was not published", () => {
    expect(of({ ...read(0, 120), id: "2" })).toEqual([0, 0, 0]);
    expect(judge([read(0, 120)], [change({ publishedAt: undefined })]).staleness[0]?.sincePublishedMs).toBeUndefined();
  });
});
