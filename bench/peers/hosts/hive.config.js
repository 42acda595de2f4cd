/**
 * Hive Gateway's configuration. In flight it shares identical subgraph requests unless told not to, and identical
 * operations only when told to: here both are on or both are off.
 */
const deduplicate = process.env.BENCH_DEDUPLICATE === "all";

export const gatewayConfig = {
  inboundInflightRequestDeduplication: deduplicate,
  transportEntries: { "*.http": { options: { deduplicateInflightRequests: deduplicate } } },
};
