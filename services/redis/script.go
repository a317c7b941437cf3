package redis

import goredis "github.com/redis/go-redis/v9"

// putScript is the compare and swap. KEYS are the value's hash, the counter and the mark of this Put; ARGV are the
// revision that is expected, the value, the milliseconds that the mark must be remembered, and those that the value
// lives (0: for ever). It returns the new revision, or "" if the value is at another one. A script that has come
// through before, but whose answer got lost, gives that answer again.
//
// The new revision is above the counter, the old revision and the server's clock in microseconds, a number that
// Lua's floating point holds exactly until the year 2255.
var putScript = goredis.NewScript(`
local done = redis.call('GET', KEYS[3])
if done then
	return done
end
local current = redis.call('HGET', KEYS[1], 'revision') or '0'
if current ~= ARGV[1] then
	return ''
end
local clock = redis.call('TIME')
local last = math.max(tonumber(redis.call('GET', KEYS[2])) or 0, tonumber(current))
local next = string.format('%.0f', math.max(last + 1, clock[1] * 1000000 + clock[2]))
redis.call('SET', KEYS[2], next)
redis.call('SET', KEYS[3], next, 'PX', ARGV[3])
redis.call('HSET', KEYS[1], 'revision', next, 'value', ARGV[2])
if ARGV[4] == '0' then
	redis.call('PERSIST', KEYS[1])
else
	redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return next
`)
