-- Keeps a value: ARGV 4 the steps that may be taken, 5 the value, 6 for how long, 7 for how
-- long the space stays without a further value; both in milliseconds. 0 where there is more
-- to forget first; the name's earlier value is forgotten already.
local steps, value, life, longest = tonumber(ARGV[4]), ARGV[5], tonumber(ARGV[6]), ARGV[7]
forget(name)
local bytes = #value + overhead
if not make_room(bytes, steps) then
    return 0
end
redis.call('HSET', VALUES, name, value)
redis.call('ZADD', ENDS, now + life, name)
use(name)
add(bytes)
for _, key in ipairs(KEYS) do
    redis.call('PEXPIRE', key, longest)
end
return 1
