// In: the address of a Redis. Out: a connection that never makes anybody wait long. Next: what keeps something there.
export { connectToRedis, defaultRedisOptions, type RedisConnection, type RedisOptions } from "./redis-connection.ts";
