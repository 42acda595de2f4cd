import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { auditEntries, checkpoint, checkSignature, signer } from "../audit.fixture.ts";
import { type ChainHead, canonical, genesis, linkEntries, linkHash } from "../chain.ts";
import { readRecord } from "./read-record.ts";
import { type AuditProblem, type AuditVerification, verifyAudit } from "./verify.ts";

const checkpoints = [10, 20, 30];
const length = 34;
const chain = "0b5a0a52-0000-4000-8000-000000000000";

let lines: readonly string[];
let end: ChainHead;

beforeAll(async () => {
  let head = genesis(chain);
  const all: string[] = [];
  for (let number = 1; number <= length; number += 1) {
    const entries = checkpoints.includes(number) ? [checkpoint] : auditEntries(number, number);
    const linked = await linkEntries(head, entries, signer);
    all.push(...linked.lines);
    head = linked.head;
  }
  lines = all;
  end = head;
});

async function verify(texts: readonly string[], heads: readonly ChainHead[] = []): Promise<AuditVerification> {
  const given = texts.map((text, index) => ({ text, place: String(index + 1) }));
  return verifyAudit(given, { checkSignature, heads, allowEarlierMissing: false });
}

async function problem(texts: readonly string[], heads?: readonly ChainHead[]): Promise<AuditProblem | undefined> {
  const { problems } = await verify(texts, heads);
  expect(problems.length).toBeLessThanOrEqual(1);
  return problems[0];
}

/** Another content, under its own right hash or under the old one. */
function forge(line: string, previous: string | undefined, rehash: boolean): string {
  const record = readRecord(line);
  if (record.kind !== "record") throw new Error("not a record");
  const content = {
    ...record.content,
    ...(record.type === "access" ? { purpose: "forged" } : { time: "2026-02-02T00:00:00.000Z" }),
    ...(previous === undefined ? {} : { previous }),
  };
  if (!rehash) return JSON.stringify({ hash: record.hash, ...content });
  return JSON.stringify({ hash: hashOf(content), ...content });
}

function hashOf(content: Readonly<Record<string, unknown>>): string {
  return linkHash(String(content.previous), canonical(content));
}

const anywhere = fc.integer({ min: 1, max: length });
const notLast = fc.integer({ min: 1, max: length - 1 });

describe("an audit chain", () => {
  it("is as it was written", async () => {
    expect(await verify(lines, [end])).toEqual({
      problems: [],
      chains: [{ chain, first: 1, last: length, hash: end.hash, checkpoints: 3, unsigned: 4 }],
    });
  });

  it("shows the record that was changed", async () => {
    await fc.assert(
      fc.asyncProperty(anywhere, async (number) => {
        const forged = lines.with(number - 1, forge(lines[number - 1] ?? "", undefined, false));
        expect(await problem(forged)).toMatchObject({ kind: "changed", sequence: number, place: String(number) });
      }),
    );
  });

  it("shows the record that was changed together with its hash", async () => {
    await fc.assert(
      fc.asyncProperty(notLast, async (number) => {
        const forged = lines.with(number - 1, forge(lines[number - 1] ?? "", undefined, true));
        expect(await problem(forged)).toMatchObject({
          // A checkpoint's signature is looked at before what follows it.
          kind: checkpoints.includes(number) ? "bad-signature" : "changed",
          sequence: number,
        });
      }),
    );
  });

  it("shows the next checkpoint when everything behind a changed record was written anew", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (number) => {
        const forged = lines.slice(0, number - 1);
        let previous = readHash(lines[number - 2]) ?? genesis(chain).hash;
        for (const line of lines.slice(number - 1)) {
          forged.push(forge(line, previous, true));
          previous = readHash(forged.at(-1)) ?? "";
        }
        const next = checkpoints.find((it) => it >= number);
        expect(await problem(forged)).toMatchObject({ kind: "bad-signature", sequence: next });
      }),
    );
  });

  it("shows what is missing from the middle and from the beginning", async () => {
    await fc.assert(
      fc.asyncProperty(notLast, fc.integer({ min: 1, max: 5 }), async (number, many) => {
        fc.pre(number + many <= length);
        const cut = lines.toSpliced(number - 1, many);
        expect(await problem(cut)).toMatchObject({ kind: "removed", sequence: number });
      }),
    );
  });

  it("shows what was moved", async () => {
    await fc.assert(
      fc.asyncProperty(anywhere, anywhere, async (one, other) => {
        fc.pre(one !== other);
        const line = lines[one - 1] ?? "";
        const moved = lines.toSpliced(one - 1, 1).toSpliced(other - 1, 0, line);
        expect(await problem(moved)).toMatchObject({ kind: "reordered", sequence: Math.min(one, other) });
      }),
    );
  });

  it("shows a record that stands there twice, unless it was only sent twice", async () => {
    await fc.assert(
      fc.asyncProperty(anywhere, anywhere, async (number, place) => {
        fc.pre(place > number);
        const copied = lines.toSpliced(place, 0, lines[number - 1] ?? "");
        expect(await problem(copied)).toMatchObject({ kind: "reordered", sequence: number });
        expect(await problem(lines.toSpliced(number, 0, lines[number - 1] ?? ""))).toBeUndefined();
      }),
    );
  });

  it("shows what was cut off, to who knows how far it was", async () => {
    await fc.assert(
      fc.asyncProperty(notLast, async (kept) => {
        const cut = lines.slice(0, kept);
        expect(await problem(cut, [end])).toMatchObject({ kind: "truncated", sequence: kept + 1 });
        // To others it is a chain whose last records nothing speaks for.
        const { problems, chains } = await verify(cut);
        expect(problems).toEqual([]);
        expect(chains[0]?.unsigned).toBe(kept - (checkpoints.findLast((it) => it <= kept) ?? 0));
      }),
    );
  });

  it("shows a line that is no record, and goes on with the others", async () => {
    await fc.assert(
      fc.asyncProperty(anywhere, fc.constantFrom("", "null", "{}", "[1]", '{"hash":1}', "{"), async (number, text) => {
        const { problems, chains } = await verify(lines.toSpliced(number - 1, 0, text));
        expect(problems).toMatchObject([{ kind: "unreadable", place: String(number) }]);
        expect(chains).toMatchObject([{ last: length }]);
      }),
    );
  });

  it("is not believed under a key that nobody named", async () => {
    const { problems } = await verifyAudit(
      lines.map((text, index) => ({ text, place: String(index) })),
      { checkSignature: () => "unknown", heads: [], allowEarlierMissing: false },
    );
    expect(problems).toMatchObject([{ kind: "bad-signature", sequence: 10 }]);
  });

  it("may begin later when the records before were moved elsewhere on purpose", async () => {
    const given = lines.slice(12).map((text, index) => ({ text, place: String(index) }));
    expect(await verifyAudit(given, { checkSignature, heads: [end], allowEarlierMissing: true })).toMatchObject({
      problems: [],
      chains: [{ first: 13, last: length }],
    });
  });
});

function readHash(line: string | undefined): string | undefined {
  const record = readRecord(line ?? "");
  return record.kind === "record" ? record.hash : undefined;
}
