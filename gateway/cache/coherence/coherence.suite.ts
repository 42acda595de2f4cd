/** What every adapter of the port keeps. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AnnouncedVersion } from "../fence/known-versions.ts";
import type { Coherence, CoherenceListener, Notice } from "./coherence.ts";

/** Members who tell each other. */
export interface CoherenceGroup {
  /** Resolves when the new one is current. */
  join(listener: CoherenceListener): Promise<Coherence>;
  /** Ends whatever is still there. */
  close(): Promise<void>;
}

/** A member that notes what it is told, in order. */
export interface RecordingMember {
  readonly coherence: Coherence;
  readonly heard: (Notice | "gap")[];
  /** Whether it was current when it had a gap. */
  readonly currentAtGaps: boolean[];
  scopes(): string[];
}

export async function joinRecording({ join }: Pick<CoherenceGroup, "join">): Promise<RecordingMember> {
  const heard: (Notice | "gap")[] = [];
  const currentAtGaps: boolean[] = [];
  let coherence: Coherence | undefined;
  coherence = await join({
    onNotice(notice) {
      heard.push(notice);
      return notice.forgotten?.length ?? 0;
    },
    onGap() {
      heard.push("gap");
      currentAtGaps.push(coherence?.isCurrent() ?? false);
    },
  });
  return {
    coherence,
    heard,
    currentAtGaps,
    scopes: () => heard.flatMap((notice) => (notice === "gap" ? [] : notice.scopes)),
  };
}

export const noticeOf = (...scopes: string[]): Notice => ({ scopes, versions: new Map() });

const strangeNames = [
  "",
  " ",
  "e:orders/Order 'it''s',\"two\"",
  'a "quoted" \\ name',
  "comma, separated, values",
  "line\nend\r\nand\ttab",
  "notice x 1 {}",
  "null \u0000 and \u2028",
  "ünïcödé 日本語 🙂 e\u0301",
  "__proto__",
];

/** @param open gives a group without members. `alone`: there is never more than one. */
export function describeCoherence(
  name: string,
  open: () => CoherenceGroup | Promise<CoherenceGroup>,
  { alone = false }: { readonly alone?: boolean } = {},
): void {
  describe(`coherence by ${name}`, () => {
    let group: CoherenceGroup;
    beforeEach(async () => {
      group = await open();
    });
    afterEach(() => group.close());
    const member = (): Promise<RecordingMember> => joinRecording(group);

    it("whoever is alone has nobody to wait for, and is not told what it says itself", async () => {
      const one = await member();
      expect(one.coherence.isCurrent()).toBe(true);
      one.heard.length = 0;
      const versions = new Map([["orders", { version: 3, at: 1_700_000_000_000 }]]);
      expect(await one.coherence.announce({ scopes: ["a", "b"], versions })).toEqual({
        isComplete: true,
        acknowledgedBy: 0,
      });
      expect(one.heard).toEqual([]);
      expect(one.coherence.isCurrent()).toBe(true);
    });

    it("can be closed, and closed again", async () => {
      const { coherence } = await member();
      await coherence.close();
      await coherence.close();
    });

    if (alone) return;

    it("everybody else has applied a notice before its announcement is complete", async () => {
      const [one, ...others] = [await member(), await member(), await member(), await member()];
      for (let round = 0; round < 20; round++) {
        const acknowledgement = await one.coherence.announce(noticeOf(`round ${round}`));
        expect(acknowledgement).toEqual({ isComplete: true, acknowledgedBy: 3 });
        for (const other of others) expect(other.scopes()).toContain(`round ${round}`);
      }
      expect(one.scopes()).toEqual([]);
    });

    it("names and versions arrive as they are", async () => {
      const [one, other] = [await member(), await member()];
      const versions = new Map<string, AnnouncedVersion>([
        ["orders", { version: 1, at: 0 }],
        ["__proto__", { version: Number.MAX_SAFE_INTEGER, at: 1_700_000_000_123 }],
        ['a "product", 🙂', { version: 7, at: 1 }],
      ]);
      await one.coherence.announce({ scopes: strangeNames, versions });
      expect(other.scopes().toSorted()).toEqual(strangeNames.toSorted());
      const told = other.heard.flatMap((notice) => (notice === "gap" ? [] : [...notice.versions]));
      expect(new Map(told)).toEqual(versions);
    });

    it("a version without a scope is told too", async () => {
      const [one, other] = [await member(), await member()];
      await one.coherence.announce({ scopes: [], versions: new Map([["orders", { version: 2, at: 5 }]]) });
      expect(other.heard.at(-1)).toEqual({ scopes: [], versions: new Map([["orders", { version: 2, at: 5 }]]) });
    });

    it("whoever joins later uses nothing of what was before, and is told of the rest", async () => {
      const one = await member();
      await one.coherence.announce(noticeOf("before"));
      const later = await member();
      // What was told before may arrive before it, too: in a cluster it goes from node to node.
      expect(later.heard.filter((heard) => heard === "gap")).not.toEqual([]);
      expect(later.currentAtGaps.every((isCurrent) => !isCurrent)).toBe(true);
      expect(await one.coherence.announce(noticeOf("after"))).toEqual({ isComplete: true, acknowledgedBy: 1 });
      expect(later.scopes()).toContain("after");
    });

    it("nobody waits for one that has left, and it is not told", async () => {
      const [one, left, other] = [await member(), await member(), await member()];
      await left.coherence.close();
      expect(left.coherence.isCurrent()).toBe(false);
      expect(await one.coherence.announce(noticeOf("a"))).toEqual({ isComplete: true, acknowledgedBy: 1 });
      expect(left.scopes()).toEqual([]);
      expect(other.scopes()).toEqual(["a"]);
    });

    it("one that has left is told that its announcements are not known to be complete", async () => {
      const [one, other] = [await member(), await member()];
      await one.coherence.close();
      expect(await one.coherence.announce(noticeOf("a"))).toMatchObject({ isComplete: false });
      expect(other.scopes()).toEqual([]);
    });

    it("several can announce at once", async () => {
      const members = [await member(), await member(), await member()];
      const said = members.map((_, index) => Array.from({ length: 30 }, (_, round) => `${index}/${round}`));
      const acknowledgements = await Promise.all(
        members.flatMap(
          ({ coherence }, index) => said[index]?.map((scope) => coherence.announce(noticeOf(scope))) ?? [],
        ),
      );
      for (const acknowledgement of acknowledgements) {
        expect(acknowledgement).toEqual({ isComplete: true, acknowledgedBy: 2 });
      }
      members.forEach((other, own) => {
        const expected = said.filter((_, index) => index !== own).flat();
        expect(new Set(other.scopes())).toEqual(new Set(expected));
      });
    });

    it("a thousand announcements, one right after the other, are all told", async () => {
      const [one, ...others] = [await member(), await member(), await member()];
      const scopes = Array.from({ length: 1_000 }, (_, index) => `scope ${index}`);
      const announced: Promise<void>[] = [];
      for (const scope of scopes) {
        announced.push(
          one.coherence.announce(noticeOf(scope)).then((acknowledgement) => {
            expect(acknowledgement).toEqual({ isComplete: true, acknowledgedBy: 2 });
          }),
        );
        // Some in one tick, some in the next.
        if (announced.length % 3 === 0) await Promise.resolve();
      }
      await Promise.all(announced);
      for (const other of others) expect(new Set(other.scopes())).toEqual(new Set(scopes));
    });

    it("more scopes than fit into one message are all told before it is complete", async () => {
      const [one, other] = [await member(), await member()];
      const scopes = Array.from({ length: 5_500 }, (_, index) => `e:orders/Order ${index}`);
      const versions = new Map([["orders", { version: 2, at: 5 }]]);
      expect(await one.coherence.announce({ scopes, versions })).toEqual({ isComplete: true, acknowledgedBy: 1 });
      expect(new Set(other.scopes())).toEqual(new Set(scopes));
      expect(other.heard.some((notice) => notice !== "gap" && notice.versions.has("orders"))).toBe(true);
    });

    it("who announces and leaves does not keep others from announcing", async () => {
      const [one, other, third] = [await member(), await member(), await member()];
      const announced = one.coherence.announce(noticeOf("last words"));
      await one.coherence.close();
      await announced;
      expect(await other.coherence.announce(noticeOf("a"))).toEqual({ isComplete: true, acknowledgedBy: 1 });
      expect(third.scopes()).toContain("a");
    });
  });
}
