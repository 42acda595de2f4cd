/**
 * What is done to the list of members at once. KEYS: the list, a hash:
 *
 *   server, since    the list is that of this server (`run_id`), and whole since then
 *   <id>             "<when its lease ends> <number of the beat by which it joined> <in|out>"
 *
 * All of it lies under one key, so that nothing of it can be lost without the rest. Times are those of the server. Each
 * script begins to write with what needs no room (`DEL`, `PEXPIRE`): Redis then lets it write the rest where there is none.
 */

/** A list that nobody has touched for so long is of a mesh that is gone. */
const listLivesMs = 86_400_000;

const begin = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local known = redis.call('HMGET', KEYS[1], 'server', 'since')
local since = tonumber(known[2])
if known[1] ~= server or not since or since > now then
  since = now
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'server', server, 'since', string.format('%.0f', now))
end
redis.call('PEXPIRE', KEYS[1], ${listLivesMs})
local function read(entry)
  local leaseEnd, join, state = string.match(entry or '', '^(%d+) (%d+) (%a+)$')
  return tonumber(leaseEnd), tonumber(join), state
end
local function write(id, leaseEnd, join, state)
  redis.call('HSET', KEYS[1], id, string.format('%.0f %.0f %s', leaseEnd, join, state))
end
`;

/** ARGV: id, number, number of the join, lease in milliseconds, own channel. Gives 1, or 0 when it is not listed so. */
export const beat = `${begin}
local id, number, join, leaseMs = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local _, joined, state = read(redis.call('HGET', KEYS[1], id))
if number ~= join and (joined ~= join or state ~= 'in') then return 0 end
write(id, now + leaseMs, join, 'in')
redis.call('PUBLISH', ARGV[5], 'ping ' .. ARGV[2])
return 1
`;

/**
 * ARGV: how long a member counts after its lease has ended, channel of notices, message.
 * Gives now, since, and of each member id, end of its lease, number of its join.
 */
export const announce = `${begin}
local answer = {now, since}
local entries = redis.call('HGETALL', KEYS[1])
for index = 1, #entries, 2 do
  local leaseEnd, join = read(entries[index + 1])
  if leaseEnd and leaseEnd + tonumber(ARGV[1]) <= now then
    redis.call('HDEL', KEYS[1], entries[index])
  elseif leaseEnd then
    answer[#answer + 1] = entries[index]
    answer[#answer + 1] = leaseEnd
    answer[#answer + 1] = join
  end
end
redis.call('PUBLISH', ARGV[2], ARGV[3])
return answer
`;

/**
 * ARGV: of each member id, number of its join. Gives now, since, and of each that is listed id, end of its last lease: one
 * that has joined anew meanwhile had given up the one before.
 */
export const evict = `${begin}
local answer = {now, since}
for index = 1, #ARGV, 2 do
  local id, join = ARGV[index], tonumber(ARGV[index + 1])
  local leaseEnd, joined = read(redis.call('HGET', KEYS[1], id))
  if joined == join then
    write(id, leaseEnd, join, 'out')
  elseif leaseEnd then
    leaseEnd = now
  end
  if leaseEnd then
    answer[#answer + 1] = id
    answer[#answer + 1] = leaseEnd
  end
end
return answer
`;
