-- Makes room for a value without its coming along: ARGV 4 the steps that may be taken, 5 the
-- value's bytes. 0 where there is more to forget.
return make_room(tonumber(ARGV[5]) + overhead, tonumber(ARGV[4])) and 1 or 0
