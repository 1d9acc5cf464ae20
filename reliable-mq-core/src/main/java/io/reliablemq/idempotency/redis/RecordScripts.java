package io.reliablemq.idempotency.redis;

import io.reliablemq.redis.LuaScript;

/**
 * The scripts. A record is one string: status, token, lease end in epoch milliseconds,
 * nonce of the claim and message id, each {@code -} or 0 where there is none.
 * <ul>
 * <li>{@code P} processing; the key outlives the lease, so that tokens keep growing</li>
 * <li>{@code R} released</li>
 * <li>{@code K} parked; the key does not expire</li>
 * <li>{@code X} discarded; the key lives for the retention</li>
 * <li>{@code D} done; the key lives for the retention. An alias has token 0 and names its
 * original at the end</li>
 * </ul>
 * The time is the server's. A driver that reconnects may send a script twice: a claim is
 * recognised by its nonce, completion and release by the token.
 */
final class RecordScripts {

    private static final String READ = """
            local value = redis.call('GET', KEYS[1])
            local status, token, till, nonce, id
            if value then
              status, token, till, nonce, id = string.match(value, '^(%u) (%d+) (%d+) (%S+) (%S+)')
              if not status then
                return redis.error_reply('ERR unreadable record')
              end
            end
            """;

    private static final String NOW = """
            local time = redis.call('TIME')
            local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
            local function text(number)
              return string.format('%.0f', number)
            end
            """;

    /** Lease, memory after it, nonce, message id. */
    static final LuaScript CLAIM = LuaScript.of(READ + NOW + """
            local fresh = now
            if status == 'D' or status == 'K' or status == 'X' then
              return {'D'}
            end
            if status == 'P' and nonce == ARGV[3] then
              return {'A', token}
            end
            if status == 'P' and tonumber(till) > now then
              return {'H', text(tonumber(till) - now)}
            end
            if token and tonumber(token) >= fresh then
              fresh = tonumber(token) + 1
            end
            local lease = tonumber(ARGV[1])
            local record = table.concat({'P', text(fresh), text(now + lease), ARGV[3], ARGV[4]}, ' ')
            redis.call('SET', KEYS[1], record, 'PX', text(lease + tonumber(ARGV[2])))
            return {'A', text(fresh)}
            """);

    /** Token, retention. */
    static final LuaScript COMPLETE = LuaScript.of(READ + """
            if token ~= ARGV[1] or (status ~= 'P' and status ~= 'D') then
              return {0}
            end
            if status == 'P' then
              redis.call('SET', KEYS[1], table.concat({'D', token, '0', '-', id}, ' '), 'PX', ARGV[2])
            end
            return {1}
            """);

    /** Token, memory. */
    static final LuaScript RELEASE = LuaScript.of(READ + """
            if token ~= ARGV[1] or (status ~= 'P' and status ~= 'R') then
              return {0}
            end
            redis.call('SET', KEYS[1], table.concat({'R', token, '0', '-', id}, ' '), 'PX', ARGV[2])
            return {1}
            """);

    /** Token, lease, memory after it. */
    static final LuaScript RENEW = LuaScript.of(READ + NOW + """
            if token ~= ARGV[1] or status ~= 'P' then
              return {0}
            end
            local lease = tonumber(ARGV[2])
            local record = table.concat({'P', token, text(now + lease), nonce, id}, ' ')
            redis.call('SET', KEYS[1], record, 'PX', text(lease + tonumber(ARGV[3])))
            return {1}
            """);

    /** Retention, message id, original. */
    static final LuaScript ALIAS = LuaScript.of("""
            redis.call('SET', KEYS[1], 'D 0 0 - ' .. ARGV[2] .. ' ' .. ARGV[3], 'NX', 'PX', ARGV[1])
            return {1}
            """);

    private static final String STATE = READ + NOW + """
            local state = 'A'
            if status == 'P' and tonumber(till) > now then
              state = 'C'
            elseif status == 'P' or status == 'R' then
              state = 'F'
            elseif status == 'K' then
              state = 'K'
            elseif status then
              state = 'D'
            end
            """;

    /** Nothing is changed. */
    static final LuaScript READ_STATE = LuaScript.of(STATE + """
            return {state}
            """);

    /** Message id. */
    static final LuaScript PARK = LuaScript.of(STATE + """
            if state == 'D' or state == 'C' then
              return {state}
            end
            redis.call('SET', KEYS[1], table.concat({'K', token or text(now), '0', '-', id or ARGV[1]}, ' '))
            return {'K'}
            """);

    /** Memory. */
    static final LuaScript FREE = LuaScript.of(STATE + """
            if state ~= 'K' then
              return {state}
            end
            redis.call('SET', KEYS[1], table.concat({'R', token, '0', '-', id}, ' '), 'PX', ARGV[1])
            return {'F'}
            """);

    /** Retention, message id. */
    static final LuaScript DISCARD = LuaScript.of(STATE + """
            if state == 'D' or state == 'C' then
              return {state}
            end
            redis.call('SET', KEYS[1], table.concat({'X', token or text(now), '0', '-', id or ARGV[2]}, ' '),
              'PX', ARGV[1])
            return {'D'}
            """);

    private RecordScripts() {
    }

}
