-- One plugin's space, and what every script does with it. The keys: the values, their names
-- by when each was used last, their names by when each ends, and the bytes of all.
-- Redis runs a script alone, and each of these does a bounded number of steps.
local VALUES, USED, ENDS, TOTAL = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name, budget, overhead = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local total = tonumber(redis.call('GET', TOTAL))

-- A server that is short of memory may have dropped one of the keys. What is left of the
-- others cannot be accounted for, and values may be gone at any time.
local held = redis.call('HLEN', VALUES)
if held ~= redis.call('ZCARD', USED) or held ~= redis.call('ZCARD', ENDS)
    or (held > 0) ~= (total ~= nil and total > 0) then
    redis.call('UNLINK', VALUES, USED, ENDS, TOTAL)
    total = 0
end
total = total or 0

local function add(bytes)
    total = total + bytes
    redis.call('INCRBY', TOTAL, bytes)
end

local function forget(each)
    local bytes = redis.call('HSTRLEN', VALUES, each) + overhead
    if redis.call('HDEL', VALUES, each) == 1 then
        redis.call('ZREM', USED, each)
        redis.call('ZREM', ENDS, each)
        add(-bytes)
    end
end

local function lives(each)
    local ends = redis.call('ZSCORE', ENDS, each)
    return ends and tonumber(ends) > now
end

-- Forgets what has ended, then what was used longest ago, until there is room for so many
-- bytes or the steps are used up. Whether there is room; an empty space has room for all.
local function make_room(bytes, steps)
    local ended = redis.call('ZRANGEBYSCORE', ENDS, '-inf', now, 'LIMIT', 0, steps)
    for _, each in ipairs(ended) do
        forget(each)
    end
    for _ = #ended + 1, steps do
        local oldest = redis.call('ZRANGE', USED, 0, 0)[1]
        if total + bytes <= budget or not oldest then
            break
        end
        forget(oldest)
    end
    return total + bytes <= budget or total == 0
end

local function use(each)
    local last = redis.call('ZREVRANGE', USED, 0, 0, 'WITHSCORES')
    if last[1] ~= each then
        redis.call('ZADD', USED, (tonumber(last[2]) or 0) + 1, each)
    end
end
