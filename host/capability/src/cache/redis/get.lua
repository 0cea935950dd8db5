-- The value of a name. A value that is larger than what is granted by now is no longer
-- answered.
if not lives(name) or redis.call('HSTRLEN', VALUES, name) > budget then
    forget(name)
    return false
end
use(name)
return redis.call('HGET', VALUES, name)
