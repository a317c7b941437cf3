package redis

import goredis "github.com/redis/go-redis/v9"

// putScript is the compare and swap. KEYS are the value's hash and the counter; ARGV are the revision that is
// expected, the value, the mark of this Put, and the milliseconds that the value lives (0: for ever). It returns the
// new revision, or "" if the value is at another one.
//
// The new revision is above the counter, the old revision and the server's clock in microseconds, a number that
// Lua's floating point holds exactly until the year 2255.
var putScript = goredis.NewScript(`
local now = redis.call('HMGET', KEYS[1], 'revision', 'mark')
local current = now[1] or '0'
if current ~= ARGV[1] then
	if now[2] == ARGV[3] then
		return current
	end
	return ''
end
local clock = redis.call('TIME')
local last = math.max(tonumber(redis.call('GET', KEYS[2])) or 0, tonumber(current))
local next = string.format('%.0f', math.max(last + 1, clock[1] * 1000000 + clock[2]))
redis.call('SET', KEYS[2], next)
redis.call('HSET', KEYS[1], 'revision', next, 'value', ARGV[2], 'mark', ARGV[3])
if ARGV[4] == '0' then
	redis.call('PERSIST', KEYS[1])
else
	redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return next
`)
