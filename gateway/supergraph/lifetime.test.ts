import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Lease, Lifetime } from "./lifetime.ts";

describe("Lifetime", () => {
  it("disposes at once when it is superseded and nothing is out", async () => {
    let disposed = 0;
    const lifetime = new Lifetime(async () => {
      disposed += 1;
    });
    await lifetime.supersede();
    expect([disposed, lifetime.state, lifetime.lease()]).toEqual([1, "disposed", undefined]);
  });

  it("a superseded generation is disposed once its last lease is released", async () => {
    let disposed = 0;
    const lifetime = new Lifetime(async () => {
      disposed += 1;
    });
    const first = lifetime.lease();
    const end = lifetime.supersede();
    const late = lifetime.lease();
    first?.release();
    expect([disposed, lifetime.state]).toEqual([0, "draining"]);
    late?.release();
    await end;
    expect([disposed, lifetime.state]).toEqual([1, "disposed"]);
  });

  it("tells whoever superseded it when disposal fails", async () => {
    const lifetime = new Lifetime(() => Promise.reject(new Error("stuck")));
    await expect(lifetime.supersede()).rejects.toThrow("stuck");
  });

  it("keeps its numbered rules under any order of leases, releases and supersession", async () => {
    const step = fc.oneof(
      fc.constant({ kind: "lease" } as const),
      fc.record({ kind: fc.constant("release" as const), index: fc.nat(9) }),
      fc.constant({ kind: "supersede" } as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        let disposals = 0;
        const lifetime = new Lifetime(async () => {
          disposals += 1;
        });
        const given: Lease[] = [];
        const out = new Set<Lease>();
        let superseded = false;
        for (const action of steps) {
          if (action.kind === "lease") {
            const lease = lifetime.lease();
            expect(lease === undefined).toBe(superseded && out.size === 0);
            if (lease !== undefined) {
              given.push(lease);
              out.add(lease);
            }
          } else if (action.kind === "release") {
            const lease = given[action.index]; // released a second time, too
            lease?.release();
            if (lease !== undefined) out.delete(lease);
          } else {
            superseded = true;
            void lifetime.supersede();
          }
          expect(lifetime.leases).toBe(out.size);
          expect(disposals).toBe(superseded && out.size === 0 ? 1 : 0);
        }
      }),
    );
  });
});
