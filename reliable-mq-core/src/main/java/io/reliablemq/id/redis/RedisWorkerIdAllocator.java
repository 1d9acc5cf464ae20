package io.reliablemq.id.redis;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

import io.reliablemq.id.IdSpace;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.WorkerIdUnavailableException;
import io.reliablemq.id.WorkerLease;
import io.reliablemq.redis.LuaScript;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Leases worker ids from one Redis hash, {@code <prefix>worker}: worker id to limit and
 * owner, and the name of the id space. It never expires, because a forgotten limit would
 * let the next owner start below it.
 * <p>
 * Redis can still forget: a failover to a replica that lags, a restart without
 * persistence, eviction. An owner notices at its next extension and stops using the
 * worker id; until then another instance may have been given the same one. Fresh worker
 * ids are chosen at random so that this is unlikely; prefer the database or fixed worker
 * ids where it must not happen.
 */
public final class RedisWorkerIdAllocator implements WorkerIdAllocator {

    private static final LuaScript CLAIM = LuaScript.of("""
            local now, limit, owner = tonumber(ARGV[1]), ARGV[2], ARGV[3]
            local workers, start = tonumber(ARGV[4]), tonumber(ARGV[5])
            local entries, flat = {}, redis.call('HGETALL', KEYS[1])
            for i = 1, #flat, 2 do
              entries[flat[i]] = flat[i + 1]
            end
            local chosen, found = nil, nil
            for i = 0, workers - 1 do
              local worker = tostring((start + i) % workers)
              local entry = entries[worker]
              if not entry then
                chosen, found = worker, '0'
                break
              end
              local last = string.match(entry, '^(%d+) ')
              if not last then
                return redis.error_reply('ERR unreadable entry of worker id ' .. worker)
              end
              if tonumber(last) < now and (not chosen or tonumber(last) < tonumber(found)) then
                chosen, found = worker, last
              end
            end
            if not chosen then
              return {}
            end
            redis.call('HSET', KEYS[1], chosen, limit .. ' ' .. owner)
            return {chosen, found}
            """);

    private static final LuaScript EXTEND = LuaScript.of("""
            local entry = redis.call('HGET', KEYS[1], ARGV[1])
            if not entry then
              return {0}
            end
            local last, owner = string.match(entry, '^(%d+) (.*)$')
            if owner ~= ARGV[2] then
              return {0}
            end
            if tonumber(last) < tonumber(ARGV[3]) then
              redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ' ' .. owner)
            end
            return {1}
            """);

    private static final LuaScript RELEASE = LuaScript.of("""
            local entry = redis.call('HGET', KEYS[1], ARGV[1])
            if entry and string.match(entry, '^%d+ (.*)$') == ARGV[2] then
              redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ' ')
              return {1}
            end
            return {0}
            """);

    private static final LuaScript SPACE = LuaScript.of("""
            redis.call('HSETNX', KEYS[1], 'space', ARGV[1])
            return {redis.call('HGET', KEYS[1], 'space')}
            """);

    private final RedisConnectionFactory connections;

    private final String key;

    /**
     * Creates an allocator. Nothing is read before the first claim.
     * @param connections where the hash is
     * @param keyPrefix what its name begins with, for example {@code reliable-mq:}
     */
    public RedisWorkerIdAllocator(RedisConnectionFactory connections, String keyPrefix) {
        this.connections = connections;
        this.key = keyPrefix + "worker";
    }

    @Override
    public WorkerLease claim(long now, long limit) {
        String owner = UUID.randomUUID().toString();
        int start = ThreadLocalRandom.current().nextInt(WORKERS);
        List<String> answer = run("leased", CLAIM, String.valueOf(now), String.valueOf(limit), owner,
                String.valueOf(WORKERS), String.valueOf(start));
        if (answer.isEmpty()) {
            throw WorkerIdUnavailableException.allTaken("Redis hash " + this.key);
        }
        return new WorkerLease(Integer.parseInt(answer.get(0)), owner, Long.parseLong(answer.get(1)), limit);
    }

    @Override
    public boolean extend(WorkerLease lease, long limit) {
        return run("extended", EXTEND, String.valueOf(lease.workerId()), lease.owner(), String.valueOf(limit)).get(0)
            .equals("1");
    }

    @Override
    public void release(WorkerLease lease, long lastTimestamp) {
        run("given back", RELEASE, String.valueOf(lease.workerId()), lease.owner(), String.valueOf(lastTimestamp));
    }

    /** Kept with the limits: where they are lost, a new space begins. */
    @Override
    public String space() {
        String space = run("given an id space", SPACE, IdSpace.random()).get(0);
        if (!IdSpace.isValid(space)) {
            throw new WorkerIdUnavailableException("The field 'space' of Redis hash " + this.key + " is '" + space
                    + "', which is no id space. Correct it: up to " + IdSpace.MAX_LENGTH
                    + " of a to z, 0 to 9 and '-'.", null);
        }
        return space;
    }

    private List<String> run(String what, LuaScript script, String... arguments) {
        try {
            return script.run(this.connections, this.key, arguments);
        }
        catch (RuntimeException ex) {
            throw new WorkerIdUnavailableException("A worker id could not be " + what + ": Redis does not answer ("
                    + ex.getMessage() + "). Check Redis, or give every instance a number of its own in"
                    + " reliable-mq.id.worker-id.", ex);
        }
    }

}
