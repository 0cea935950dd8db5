-- Forgets a name. 1 where it had a value.
local lived = lives(name)
forget(name)
return lived and 1 or 0
