/** The parts, in the order in which they run. */
import type { Part } from "./part.ts";

export const partNames = ["hot", "entity", "redis", "peers", "zipf"] as const;
export type PartName = (typeof partNames)[number];

/** Each is loaded when it is wanted: what it needs is no other part's business. */
export const parts: Readonly<Record<PartName, () => Promise<Part>>> = {
  hot: async () => (await import("./hot.ts")).measureHot,
  entity: async () => (await import("./entity.ts")).measureEntity,
  redis: async () => (await import("./redis-alone.ts")).measureRedis,
  peers: async () => (await import("./peers/measure-peers.ts")).measurePeers,
  zipf: async () => (await import("./zipf/measure-zipf.ts")).measureZipf,
};
