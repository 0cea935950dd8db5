-- Forgets a whole space.
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
