package io.reliablemq.retry.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntFunction;

import io.reliablemq.idempotency.IdempotencyStoreException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.message.MessageId;
import io.reliablemq.redis.LuaScript;
import io.reliablemq.redis.RecordKeys;
import io.reliablemq.retry.Attempt;
import io.reliablemq.retry.AttemptStore;
import io.reliablemq.retry.Leftovers;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Counts failed deliveries in Redis 5 or later, standalone or cluster, one hash per
 * message. Due times are in Redis time. States expire a retention after they were due.
 * <p>
 * A failure is counted first, then its due time is stored, because it depends on the
 * count. A crash in between leaves the failure counted and the former due time; the
 * message is delivered again by the broker all the same.
 */
public final class RedisAttemptStore implements AttemptStore {

    private final RedisConnectionFactory connections;

    private final RecordKeys keys;

    private final String retention;

    /**
     * Creates a store. Nothing is asked before the first call.
     * @param connections where the states are
     * @param keyPrefix what their names begin with, for example {@code reliable-mq:}
     * @param retention how long past its due time a state is kept, at least 1 ms; longer
     * than a message can stay unconsumed in the broker
     */
    public RedisAttemptStore(RedisConnectionFactory connections, String keyPrefix, Duration retention) {
        if (retention.toMillis() < 1) {
            throw new IllegalArgumentException("The retention must be at least 1 ms but is " + retention + ".");
        }
        this.connections = connections;
        this.keys = new RecordKeys(keyPrefix, "attempt");
        this.retention = String.valueOf(retention.toMillis());
    }

    @Override
    public Attempt recordFailure(RecordKey key, Throwable failure, IntFunction<Duration> backoff) {
        MessageId message = key.message();
        List<String> state = run("counted", key, AttemptScripts.FAIL, UUID.randomUUID().toString(),
                failure.getClass().getName(), this.retention,
                Leftovers.arePossible(key) ? String.valueOf(Leftovers.OVERDUE.toMillis()) : "",
                (message != null) ? message.identity() : "");
        Attempt counted = attempt(state);
        Duration wait = backoff.apply(counted.failures());
        Instant due = Instant.ofEpochMilli(Long.parseLong(state.get(4))).plus(wait);
        run("counted", key, AttemptScripts.SET_DUE, String.valueOf(due.toEpochMilli()), this.retention);
        return new Attempt(counted.failures(), counted.postponements(), due, counted.exception());
    }

    @Override
    public Attempt recordPostponement(RecordKey key, Duration delay) {
        return attempt(run("postponed", key, AttemptScripts.POSTPONE, UUID.randomUUID().toString(),
                String.valueOf(delay.toMillis()), this.retention));
    }

    @Override
    public Optional<Attempt> find(RecordKey key) {
        List<String> state = run("read", key, AttemptScripts.FIND);
        return state.isEmpty() ? Optional.empty() : Optional.of(attempt(state));
    }

    @Override
    public void clear(RecordKey key) {
        run("cleared", key, AttemptScripts.CLEAR);
    }

    /**
     * Redis expires the states itself.
     * @return always 0
     */
    @Override
    public int purge(String group, Duration retention, int limit) {
        return 0;
    }

    private static Attempt attempt(List<String> state) {
        String exception = state.get(3);
        return new Attempt(Integer.parseInt(state.get(0)), Integer.parseInt(state.get(1)),
                Instant.ofEpochMilli(Long.parseLong(state.get(2))), exception.isEmpty() ? null : exception);
    }

    private List<String> run(String what, RecordKey key, LuaScript script, String... arguments) {
        try {
            return script.run(this.connections, this.keys.of(key.group(), key.identity()), arguments);
        }
        catch (RuntimeException ex) {
            throw new IdempotencyStoreException("An attempt of consumer group '" + key.group() + "' could not be "
                    + what + " in Redis: " + ex.getMessage(), ex);
        }
    }

}
