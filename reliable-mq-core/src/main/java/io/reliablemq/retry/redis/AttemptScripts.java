package io.reliablemq.retry.redis;

import io.reliablemq.redis.LuaScript;

/**
 * The scripts on the hash of one message: failures {@code f}, postponements {@code p},
 * next due in epoch milliseconds {@code due}, exception {@code ex}, and the nonce
 * {@code n} of the last count, by which a script sent twice by a reconnecting driver
 * counts once.
 */
final class AttemptScripts {

    private static final String NOW = """
            local time = redis.call('TIME')
            local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
            local function text(number)
              return string.format('%.0f', number)
            end
            """;

    private static final String STATE = """
            local state = redis.call('HMGET', KEYS[1], 'f', 'p', 'due', 'ex')
            return {state[1] or '0', state[2] or '0', state[3] or text(now), state[4] or '', text(now)}
            """;

    private static final String EXPIRE = """
            local function expire(due, retention)
              redis.call('PEXPIRE', KEYS[1], text(math.max(due - now, 0) + tonumber(retention)))
            end
            """;

    /**
     * Nonce, exception, retention, how long a state must be overdue to be of an earlier
     * message of the same key (or nothing), the message's id (or nothing).
     */
    static final LuaScript FAIL = LuaScript.of(NOW + EXPIRE + """
            if ARGV[4] ~= '' then
              local before = redis.call('HMGET', KEYS[1], 'due', 'id')
              local same = before[2] and ARGV[5] ~= '' and before[2] == ARGV[5]
              if before[1] and not same and now - tonumber(before[1]) > tonumber(ARGV[4]) then
                redis.call('DEL', KEYS[1])
              end
            end
            if redis.call('HGET', KEYS[1], 'n') ~= ARGV[1] then
              redis.call('HINCRBY', KEYS[1], 'f', 1)
              redis.call('HSET', KEYS[1], 'n', ARGV[1], 'ex', ARGV[2])
              if ARGV[5] ~= '' then
                redis.call('HSET', KEYS[1], 'id', ARGV[5])
              end
              redis.call('HSETNX', KEYS[1], 'due', text(now))
            end
            expire(tonumber(redis.call('HGET', KEYS[1], 'due')), ARGV[3])
            """ + STATE);

    /** Nonce, delay, retention. */
    static final LuaScript POSTPONE = LuaScript.of(NOW + EXPIRE + """
            if redis.call('HGET', KEYS[1], 'n') ~= ARGV[1] then
              redis.call('HINCRBY', KEYS[1], 'p', 1)
              redis.call('HSET', KEYS[1], 'n', ARGV[1], 'due', text(now + tonumber(ARGV[2])))
            end
            expire(tonumber(redis.call('HGET', KEYS[1], 'due')), ARGV[3])
            """ + STATE);

    /** Due, retention. Does not bring back what was cleared. */
    static final LuaScript SET_DUE = LuaScript.of(NOW + EXPIRE + """
            if redis.call('EXISTS', KEYS[1]) == 0 then
              return {0}
            end
            redis.call('HSET', KEYS[1], 'due', ARGV[1])
            expire(tonumber(ARGV[1]), ARGV[2])
            return {1}
            """);

    static final LuaScript FIND = LuaScript.of(NOW + """
            if redis.call('EXISTS', KEYS[1]) == 0 then
              return {}
            end
            """ + STATE);

    static final LuaScript CLEAR = LuaScript.of("""
            return {redis.call('DEL', KEYS[1])}
            """);

    private AttemptScripts() {
    }

}
