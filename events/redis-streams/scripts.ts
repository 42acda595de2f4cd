/**
 * What has to happen in Redis at once or not at all. Redis runs one script at a time; each here touches keys of one
 * partition (`keys.ts`). An entry of the log has the event's JSON in `e`, the time of the server in `t`, and in `g` the group
 * that alone gets it, if there is one. A place is text: settled, begun, attempts.
 */
import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** Sends a script where its keys are. */
export type RunScript = (script: Script, keys: readonly string[], args: readonly Argument[]) => Promise<unknown>;

type Argument = string | number;

/** Rejects as a command does. */
export async function runScript(
  redis: Redis,
  { text, sha }: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
    return redis.eval(text, keys.length, ...keys, ...args);
  }
}

const sequence = "local function number(id) return tonumber(string.match(id, '%d+$')) end";

/** First and last position; first is last + 1 where there is nothing. A stream remembers its last id when it is empty. */
const ends = `${sequence}
local function ends(log)
  local info = redis.pcall('XINFO', 'STREAM', log)
  if info.err then return 1, 0 end
  local last = 0
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then last = number(info[i + 1]) end
  end
  local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  if first then return number(first[1]), last end
  return last + 1, last
end`;

const millis = "local function millis() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end";

/** KEYS log; ARGV channel, signal, most entries, events … */
export const appendScript = define(`${millis}
local now = millis()
for i = 4, #ARGV do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[3], '0-*', 'e', ARGV[i], 't', now)
end
redis.call('PUBLISH', ARGV[1], ARGV[2])
return 1`);

/**
 * KEYS log; ARGV after, most entries, most bytes → position, event, group … ; false: the log ends before. Reads a few at a
 * time, since events may be large.
 */
export const readScript = define(`${ends}
local out, after, wanted, bytes = {}, ARGV[1], tonumber(ARGV[2]), 0
while #out / 3 < wanted and bytes < tonumber(ARGV[3]) do
  local count = math.min(wanted - #out / 3, 32)
  local entries = redis.call('XRANGE', KEYS[1], '(0-' .. after, '+', 'COUNT', count)
  for _, entry in ipairs(entries) do
    after = number(entry[1])
    local event, group = '', ''
    for i = 1, #entry[2], 2 do
      if entry[2][i] == 'e' then event = entry[2][i + 1] end
      if entry[2][i] == 'g' then group = entry[2][i + 1] end
    end
    out[#out + 1] = after
    out[#out + 1] = event
    out[#out + 1] = group
    bytes = bytes + #event
  end
  if #entries < count then break end
end
if #out == 0 then
  local _, last = ends(KEYS[1])
  if last < tonumber(ARGV[1]) then return false end
end
return out`);

/** KEYS log → first, last */
export const endsScript = define(`${ends}
return { ends(KEYS[1]) }`);

/** KEYS log, places; ARGV group, from → place, last */
export const declareScript = define(`${ends}
local first, last = ends(KEYS[1])
local settled = ARGV[2] == 'earliest' and first - 1 or last
redis.call('HSETNX', KEYS[2], ARGV[1], settled .. ' ' .. settled .. ' 0')
return { redis.call('HGET', KEYS[2], ARGV[1]), last }`);

/**
 * KEYS lease, places; ARGV group, member, token, lease → place; false: somebody else holds it. A group that Redis has
 * forgotten begins with what there is.
 */
export const claimScript = define(`
local holder = redis.call('GET', KEYS[1])
if holder and string.sub(holder, 1, #ARGV[2]) ~= ARGV[2] then return false end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
redis.call('HSETNX', KEYS[2], ARGV[1], '0 0 0')
return redis.call('HGET', KEYS[2], ARGV[1])`);

/**
 * Both the lease and the place have to be as this holder left them: a copy of Redis that has taken over may know an older
 * place, and then others of these positions. The new place itself is there when only the answer was lost.
 */
const fence = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local place = redis.call('HGET', KEYS[2], ARGV[2])`;

/** KEYS lease, places; ARGV token, group, former place, place, lease → whether it holds it */
export const moveScript = define(`${fence}
if place ~= ARGV[3] and place ~= ARGV[4] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1`);

/** KEYS lease, places, letters; ARGV token, group, former place, place, lease, event, attempts, time, reason → as above */
export const buryScript = define(`${fence}
if place == ARGV[4] then return 1 end
if place ~= ARGV[3] then return 0 end
redis.call('XADD', KEYS[3], '*', 'e', ARGV[6], 'a', ARGV[7], 'd', ARGV[8], 'r', ARGV[9])
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1`);

/** KEYS lease; ARGV token, lease → whether it holds it */
export const renewScript = define(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`);

/** KEYS lease; ARGV token, channel, signal */
export const releaseScript = define(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], ARGV[3])
return 1`);

/** KEYS log, letters; ARGV group, letter, channel, signal → whether it was there */
export const replayScript = define(`${millis}
local letter = redis.call('XRANGE', KEYS[2], ARGV[2], ARGV[2])[1]
if not letter then return 0 end
redis.call('XADD', KEYS[1], '0-*', 'e', letter[2][2], 't', millis(), 'g', ARGV[1])
redis.call('XDEL', KEYS[2], ARGV[2])
redis.call('PUBLISH', ARGV[3], ARGV[4])
return 1`);

/** KEYS log, places; ARGV how long to keep. Halves what lies between the oldest entry and the hindmost group. */
export const trimScript = define(`${ends}
${millis}
local before = millis() - ARGV[1]
local first, last = ends(KEYS[1])
for _, place in ipairs(redis.call('HVALS', KEYS[2])) do
  last = math.min(last, tonumber(string.match(place, '^%d+')))
end
local low, high = first, last + 1
while low < high do
  local middle = math.floor((low + high) / 2)
  local entry = redis.call('XRANGE', KEYS[1], '0-' .. middle, '+', 'COUNT', 1)[1]
  local at
  for i = 1, entry and #entry[2] or 0, 2 do
    if entry[2][i] == 't' then at = tonumber(entry[2][i + 1]) end
  end
  if at and at < before then low = middle + 1 else high = middle end
end
if low > first then redis.call('XTRIM', KEYS[1], 'MINID', '0-' .. low) end
return low - first`);

function define(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
