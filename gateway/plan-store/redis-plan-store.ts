/**
 * Plans in Redis: `<prefix>plan:<digest>` → digest of the text, then the text, compressed. What does not fit its digest is
 * as if it were not there. Whoever can write there decides what the gateway asks of subgraphs: it is trusted like one.
 */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { deflateRaw, inflateRaw } from "node:zlib";
import type { RedisConnection } from "#redis";
import type { GatewayMetrics } from "../observability/metrics.ts";
import type { PlanStore } from "./plan-store.ts";

const compress = promisify(deflateRaw);
const decompress = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

const digestBytes = 16;
/** A plan that is larger is not worth the time to read it. */
const maxPlanBytes = 8_000_000;

export function createRedisPlanStore(
  redis: RedisConnection,
  ttlMs: number,
  metrics: Pick<GatewayMetrics, "planStoreReads" | "planStoreWrites">,
): PlanStore {
  return {
    async get(key) {
      let stored: Buffer | null;
      try {
        stored = await redis.run((client) => client.getBuffer(`plan:${key}`));
      } catch {
        metrics.planStoreReads.inc({ result: "failed" });
        return undefined;
      }
      const plan = stored === null ? undefined : await unpack(stored).catch(() => undefined);
      const result = stored === null ? "miss" : plan === undefined ? "unreadable" : "hit";
      metrics.planStoreReads.inc({ result });
      return plan;
    },
    async set(key, plan) {
      try {
        const value = await pack(plan);
        await redis.run((client) => client.set(`plan:${key}`, value, "PX", ttlMs));
        metrics.planStoreWrites.inc({ result: "stored" });
      } catch {
        metrics.planStoreWrites.inc({ result: "failed" });
      }
    },
  };
}

async function pack(text: string): Promise<Buffer> {
  const bytes = Buffer.from(text);
  return Buffer.concat([digestOf(bytes), await compress(bytes)]);
}

/** Rejects for what is not compressed; undefined when it does not fit its digest. */
async function unpack(stored: Buffer): Promise<string | undefined> {
  const bytes = await decompress(stored.subarray(digestBytes), { maxOutputLength: maxPlanBytes });
  return digestOf(bytes).equals(stored.subarray(0, digestBytes)) ? bytes.toString() : undefined;
}

function digestOf(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest().subarray(0, digestBytes);
}
