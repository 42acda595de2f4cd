/** What every sink keeps: the contract of `AuditSink`. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditEntries, checkpoint, checkSignature } from "../audit.fixture.ts";
import type { ChainHead } from "../chain.ts";
import { type AuditLine, type AuditVerification, verifyAudit } from "../reading/verify.ts";
import type { AuditSink } from "./sink.ts";

export interface SinkUnderTest {
  /** Opens the place's sink, as a process does at its start. */
  open(): Promise<AuditSink>;
  /** All that the place holds. */
  read(): Promise<{ readonly lines: readonly AuditLine[]; readonly heads: readonly ChainHead[] }>;
  /** Makes the next writes fail until the returned function is called; undefined where that cannot be done. */
  readonly breakDown?: () => Promise<() => Promise<void>>;
  /** A restart goes on with the chain; otherwise each process has its own. */
  readonly continues: boolean;
  end(): Promise<void>;
}

export function describeSink(name: string, create: () => Promise<SinkUnderTest>): void {
  describe(`${name} as an audit sink`, () => {
    let place: SinkUnderTest;
    beforeEach(async () => {
      place = await create();
    });
    afterEach(() => place.end());

    async function verify(): Promise<AuditVerification> {
      return verifyAudit((await place.read()).lines, {
        checkSignature,
        heads: (await place.read()).heads,
        allowEarlierMissing: false,
      });
    }

    it("keeps what it is given in one chain, checkpoints included", async () => {
      const sink = await place.open();
      await sink.append(auditEntries(1, 3));
      await sink.append([...auditEntries(4, 5), checkpoint]);
      await sink.append(auditEntries(6, 6));
      await sink.close();
      expect(await verify()).toMatchObject({
        problems: [],
        chains: [{ first: 1, last: 7, checkpoints: 1, unsigned: 1 }],
      });
      const { lines } = await place.read();
      expect(lines.map(({ text }) => JSON.parse(text).principal?.id ?? "-")).toEqual([
        "user-1",
        "user-2",
        "user-3",
        "user-4",
        "user-5",
        "-",
        "user-6",
      ]);
    });

    it("is verifiable over a restart", async () => {
      const first = await place.open();
      await first.append([...auditEntries(1, 2), checkpoint]);
      await first.close();
      const second = await place.open();
      await second.append(auditEntries(3, 4));
      await second.close();
      const { problems, chains } = await verify();
      expect(problems).toEqual([]);
      expect(chains.map(({ last }) => last)).toEqual(place.continues ? [5] : [3, 2]);
    });

    it("loses and doubles nothing when it is asked again after a failure", async ({ skip }) => {
      const { breakDown } = place;
      if (breakDown === undefined) return skip("this sink cannot be made to fail");
      const sink = await place.open();
      await sink.append(auditEntries(1, 2));
      const repair = await breakDown();
      const batch = auditEntries(3, 5);
      await expect(sink.append(batch)).rejects.toThrow();
      await expect(sink.append(batch)).rejects.toThrow();
      await repair();
      await sink.append(batch);
      await sink.append(auditEntries(6, 6));
      await sink.close();
      const { problems, chains } = await verify();
      expect(problems).toEqual([]);
      expect(chains).toMatchObject([{ first: 1, last: 6 }]);
    });
  });
}
