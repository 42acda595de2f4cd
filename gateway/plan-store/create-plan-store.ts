import type { RedisConnection } from "#redis";
import type { GatewayMetrics } from "../observability/metrics.ts";
import type { KeepPlans } from "../plan/kept-plans.ts";
import { keepPlansIn } from "./keep-plans.ts";
import { createRedisPlanStore } from "./redis-plan-store.ts";

export interface PlanStoreOptions {
  readonly ttlMs: number;
  /** Whether plans are kept of operations whose text holds strings or long numbers, which may say something about a person. */
  readonly literals: boolean;
}

const defaultOptions: PlanStoreOptions = { ttlMs: 30 * 86_400_000, literals: false };

/** Undefined when nothing is to be kept. */
export function createPlanStore(
  redis: RedisConnection,
  options: Partial<PlanStoreOptions> | false = {},
  metrics: Pick<GatewayMetrics, "planStoreReads" | "planStoreWrites">,
): KeepPlans | undefined {
  if (options === false) return undefined;
  const { ttlMs, literals } = { ...defaultOptions, ...options };
  return keepPlansIn(createRedisPlanStore(redis, ttlMs, metrics), literals);
}
