/**
 * Hive Gateway's configuration with its response cache in Redis as its documentation shows it; nothing in flight is shared.
 * `BENCH_REDIS`: the server's URL; `BENCH_CALLERS`: `apart` keeps answers for each value of `Authorization`, as is needed
 * where they may differ. The lifetime is the longest; what subgraphs say in `Cache-Control` shortens it.
 */
const { BENCH_REDIS, BENCH_CALLERS } = process.env;

export const gatewayConfig = {
  inboundInflightRequestDeduplication: false,
  transportEntries: { "*.http": { options: { deduplicateInflightRequests: false } } },
  cache: { type: "redis", url: BENCH_REDIS },
  responseCaching: {
    session: (request) => (BENCH_CALLERS === "apart" ? request.headers.get("authorization") : null),
    ttl: 3_600_000,
  },
};
