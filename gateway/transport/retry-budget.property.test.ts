import fc from "fast-check";
import { expect, it } from "vitest";
import { RetryBudget } from "./retry-budget.ts";

const event = fc.oneof(
  fc.record({ kind: fc.constant("request" as const) }),
  fc.record({ kind: fc.constant("retry" as const) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 5_000 }) }),
);

it("lets through, in any time, at most what was saved up and the share of that time's requests and seconds", () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 200 }),
      fc.record({
        share: fc.constantFrom(0, 0.1, 0.2, 1),
        perSecond: fc.constantFrom(0, 0.5, 1, 10),
        burst: fc.integer({ min: 1, max: 10 }),
      }),
      (events, options) => {
        let now = 0;
        const budget = new RetryBudget(options, () => now);
        // Of every time that begins now: how many retries it let through, and how many it may.
        const times: { retries: number; allowed: number }[] = [];
        for (const happening of events) {
          times.push({ retries: 0, allowed: options.burst });
          const allowMore = (more: number): void => {
            for (const time of times) time.allowed += more;
          };
          if (happening.kind === "request") {
            budget.onRequest();
            allowMore(options.share);
          } else if (happening.kind === "wait") {
            now += happening.ms;
            allowMore((happening.ms / 1_000) * options.perSecond);
          } else if (budget.take()) for (const time of times) time.retries++;
          for (const { retries, allowed } of times) expect(retries).toBeLessThanOrEqual(allowed + 1e-6);
        }
      },
    ),
  );
});

it("lets every fifth of a steady stream be retried, and one a second of a quiet subgraph", () => {
  const busy = new RetryBudget({ share: 0.2, perSecond: 0, burst: 10 }, () => 0);
  let taken = 0;
  for (let request = 0; request < 1_000; request++) {
    busy.onRequest();
    if (busy.take()) taken++;
  }
  expect(taken).toBe(209);

  let now = 0;
  const quiet = new RetryBudget({ share: 0.2, perSecond: 1, burst: 3 }, () => now);
  expect([quiet.take(), quiet.take(), quiet.take(), quiet.take()]).toEqual([true, true, true, false]);
  now = 1_000;
  expect([quiet.take(), quiet.take()]).toEqual([true, false]);
  now = 3_600_000;
  expect([quiet.take(), quiet.take(), quiet.take(), quiet.take()]).toEqual([true, true, true, false]);
});
