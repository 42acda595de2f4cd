// In: the address of a Redis. Out: a connection that never makes anybody wait long. Next: what keeps something there.
export { type RedisAddress, readRedisAddress } from "./address.ts";
export { type RedisErrorCode, redisErrors } from "./errors.ts";
export { inOneWrite } from "./in-one-write.ts";
export {
  connectToRedis,
  defaultRedisOptions,
  type RedisConnection,
  type RedisFailureReason,
  type RedisObserver,
  type RedisOptions,
  RedisUnavailable,
} from "./redis-connection.ts";
export { listenToRedis, type RedisListener } from "./redis-listener.ts";
export { type RedisSubscription, type SubscriptionListener, subscribeToRedis } from "./subscription.ts";
