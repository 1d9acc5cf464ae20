package io.reliablemq.idempotency.redis;

import java.time.Duration;

import io.reliablemq.redis.LuaScript;

/**
 * The scripts. A record is one string: status, token, memory, nonce of the claim and
 * message id (with id space and origin), each {@code -} or 0 where there is none.
 * <ul>
 * <li>{@code P} processing. The key outlives the lease, so that tokens keep growing: the
 * lease ends when what is left of the key's time to live is the memory, in ms</li>
 * <li>{@code R} released</li>
 * <li>{@code K} parked; the key does not expire</li>
 * <li>{@code X} discarded; the key lives for the retention</li>
 * <li>{@code D} done; the key lives for the retention. An alias has token 0 and names its
 * original at the end</li>
 * </ul>
 * The time is the server's. A driver that reconnects may send a command twice: a claim is
 * recognised by its nonce, completion and release by the token.
 * <p>
 * A new record is claimed without a script, by {@code SET NX PX} with
 * {@link #claimed(long, String)} and the message id; the script decides where there is
 * one.
 */
final class RecordScripts {

    /** How long a token is remembered after its lease or its release. */
    static final long MEMORY = Duration.ofDays(1).toMillis();

    private static final String GET = """
            local value = redis.call('GET', KEYS[1])
            """;

    private static final String PARSE = """
            local status, token, memory, nonce, id
            if value then
              status, token, memory, nonce, id = string.match(value, '^(%u) (%d+) (%d+) (%S+) (%S+)')
              if not status then
                return redis.error_reply('ERR unreadable record')
              end
            end
            local function remaining()
              return redis.call('PTTL', KEYS[1]) - tonumber(memory)
            end
            """;

    private static final String READ = GET + PARSE;

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
              return {'D', id}
            end
            if status == 'P' and nonce == ARGV[3] then
              return {'A', token}
            end
            if status == 'P' and remaining() > 0 then
              return {'H', text(remaining())}
            end
            if token and tonumber(token) >= fresh then
              fresh = tonumber(token) + 1
            end
            local record = table.concat({'P', text(fresh), ARGV[2], ARGV[3], ARGV[4]}, ' ')
            redis.call('SET', KEYS[1], record, 'PX', text(tonumber(ARGV[1]) + tonumber(ARGV[2])))
            return {'A', text(fresh)}
            """);

    /**
     * Token, retention, the record that is expected, the one that it becomes. Where the
     * expected one is found, it need not be taken apart. Where there is none, nobody has
     * claimed it since it was lost, and whoever knows of the effect writes it down.
     */
    static final LuaScript COMPLETE = LuaScript.of(GET + """
            if value and value == ARGV[3] then
              redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[2])
              return {1}
            end
            if not value then
              redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[2])
              return {1}
            end
            """ + PARSE + """
            if token ~= ARGV[1] or (status ~= 'P' and status ~= 'D') then
              return {0}
            end
            if status == 'P' then
              redis.call('SET', KEYS[1], table.concat({'D', token, '0', '-', id}, ' '), 'PX', ARGV[2])
            end
            return {1}
            """);

    /**
     * On new records, all at once: time to live, what their values begin with, then their
     * message ids. Answers with the places of those that exist.
     */
    static final LuaScript CLAIM_NEW = LuaScript.of("""
            local call, expiry, claimed, others = redis.call, ARGV[1], ARGV[2], {}
            for i, key in ipairs(KEYS) do
              if not call('SET', key, claimed .. ARGV[i + 2], 'NX', 'PX', expiry) then
                others[#others + 1] = i
              end
            end
            return others
            """);

    /**
     * On several records at once: retention, what is between the two tokens of an
     * expected one, then their tokens and message ids. Answers with the places of those
     * that are not as expected.
     */
    static final LuaScript COMPLETE_EXPECTED = LuaScript.of("""
            local call, retention, instance, others = redis.call, ARGV[1], ARGV[2], {}
            for i, key in ipairs(KEYS) do
              local token, id = ARGV[2 * i + 1], ARGV[2 * i + 2]
              if call('GET', key) == 'P ' .. token .. instance .. token .. ' ' .. id then
                call('SET', key, 'D ' .. token .. ' 0 - ' .. id, 'PX', retention)
              else
                others[#others + 1] = i
              end
            end
            return others
            """);

    /** Token, memory, message id. */
    static final LuaScript RELEASE = LuaScript.of(READ + """
            if not value then
              token, status, id = ARGV[1], 'P', ARGV[3]
            end
            if token ~= ARGV[1] or (status ~= 'P' and status ~= 'R') then
              return {0}
            end
            redis.call('SET', KEYS[1], table.concat({'R', token, '0', '-', id}, ' '), 'PX', ARGV[2])
            return {1}
            """);

    /** Token, lease. */
    static final LuaScript RENEW = LuaScript.of(READ + """
            if token ~= ARGV[1] or status ~= 'P' then
              return {0}
            end
            redis.call('PEXPIRE', KEYS[1], string.format('%.0f', tonumber(ARGV[2]) + tonumber(memory)))
            return {1}
            """);

    /** Retention, message id, original. */
    static final LuaScript ALIAS = LuaScript.of("""
            redis.call('SET', KEYS[1], 'D 0 0 - ' .. ARGV[2] .. ' ' .. ARGV[3], 'NX', 'PX', ARGV[1])
            return {1}
            """);

    private static final String STATE = READ + NOW + """
            local state = 'A'
            if status == 'P' and remaining() > 0 then
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

    /** What the value of a claimed record begins with; its message id follows. */
    static String claimed(long token, String nonce) {
        return "P " + token + memoryAnd(nonce) + ' ';
    }

    static String memoryAnd(String nonce) {
        return " " + MEMORY + ' ' + nonce;
    }

    static String done(long token, String messageId) {
        return "D " + token + " 0 - " + messageId;
    }

}
