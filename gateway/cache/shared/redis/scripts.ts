/** What Redis does at once. `run`: the server's identity, which tells a restart and a fail-over; the client may know it. */
import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

export interface Script {
  readonly text: string;
  readonly sha: string;
}

const ownRun = `string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')`;

/** Fences live on by being invalidated; those that nobody has invalidated for so long begin anew. */
const fencesLiveMs = 7 * 86_400_000;

/**
 * KEYS: fences. ARGV: run or empty, an epoch that was never used, fields …
 * Gives run, seconds, microseconds, epoch, version, its time, counts …
 */
export const askFences = script(`
local run = ARGV[1]
if run == '' then run = ${ownRun} end
local known = redis.call('HMGET', KEYS[1], '.run', '.epoch', '.version', '.at')
if known[1] ~= run or not known[2] then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], '.run', run, '.epoch', ARGV[2])
  redis.call('PEXPIRE', KEYS[1], ${fencesLiveMs})
  known = {run, ARGV[2], false, false}
end
local time = redis.call('TIME')
local answer = {run, time[1], time[2], known[2], known[3] or '', known[4] or ''}
for first = 3, #ARGV, 4000 do
  local counts = redis.call('HMGET', KEYS[1], unpack(ARGV, first, math.min(first + 3999, #ARGV)))
  for index = 1, #counts do answer[#answer + 1] = counts[index] or '' end
end
return answer
`);

/**
 * KEYS: fences. ARGV: how many fields there may be, version or empty, its time, fields …
 * Without fences nothing is valid, so there is nothing to count.
 */
export const countFences = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
for index = 4, #ARGV do redis.call('HINCRBY', KEYS[1], ARGV[index], 1) end
if ARGV[2] ~= '' then
  local known = redis.call('HMGET', KEYS[1], '.version', '.at')
  local at, knownAt = tonumber(ARGV[3]), tonumber(known[2] or '-1')
  if at > knownAt or (at == knownAt and tonumber(ARGV[2]) > tonumber(known[1])) then
    redis.call('HSET', KEYS[1], '.version', ARGV[2], '.at', ARGV[3])
  end
end
redis.call('PEXPIRE', KEYS[1], ${fencesLiveMs})
if redis.call('HLEN', KEYS[1]) > tonumber(ARGV[1]) then redis.call('UNLINK', KEYS[1]) end
return 1
`);

function script(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/** Sends the text only where the server does not have it. */
export async function evaluate(
  redis: Redis,
  { text, sha }: Script,
  key: string,
  args: readonly string[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, 1, key, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return redis.eval(text, 1, key, ...args);
  }
}
