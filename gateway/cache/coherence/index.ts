// In: what this process has invalidated. Out: whether anybody uses a copy of it still; what others have invalidated. Next:
// the fence of each process (`gateway/cache/fence`).
export { aloneCoherence } from "./alone.ts";
export {
  ackMs,
  type Coherence,
  type CoherenceListener,
  type CoherenceTimings,
  defaultTimings,
  heartbeatMs,
  isolatedMs,
  leaseMs,
  type Notice,
} from "./coherence.ts";
export type { Seal } from "./redis/messages.ts";
export { openRedisCoherence, type RedisCoherenceOptions } from "./redis/open-redis-coherence.ts";
export { type CoherenceHub, createCoherenceHub } from "./workers/coherence-hub.ts";
export type { CoherenceChannel } from "./workers/messages.ts";
export { openWorkerCoherence } from "./workers/worker-coherence.ts";
