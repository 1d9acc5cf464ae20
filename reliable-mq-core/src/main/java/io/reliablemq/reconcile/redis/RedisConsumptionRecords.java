package io.reliablemq.reconcile.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.reliablemq.ReliableMQException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.reconcile.ConsumptionRecords;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.redis.RecordKeys;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.InvalidDataAccessApiUsageException;
import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Records and failed attempts in Redis, looked up by the keys of the messages in
 * pipelines. A record under a key of the application's own cannot be found by the
 * message's id: such groups are not known.
 */
public final class RedisConsumptionRecords implements ConsumptionRecords {

    private static final int AT_ONCE = 1000;

    private final RedisConnectionFactory connections;

    private final GroupDirectory directory;

    private final RecordKeys records;

    private final RecordKeys attempts;

    /**
     * Creates the records.
     * @param connections where they are
     * @param keyPrefix what their names begin with, for example {@code reliable-mq:}
     */
    public RedisConsumptionRecords(RedisConnectionFactory connections, String keyPrefix) {
        this.connections = connections;
        this.directory = new RedisGroupDirectory(connections, keyPrefix);
        this.records = new RecordKeys(keyPrefix, "inbox");
        this.attempts = new RecordKeys(keyPrefix, "attempt");
    }

    @Override
    public List<GroupSubscription> subscriptions() {
        return this.directory.groups();
    }

    @Override
    public Map<Long, ConsumptionState> find(String group, long[] ids) {
        if (this.directory.groups().stream().anyMatch((it) -> it.keyed() && it.group().equals(group))) {
            throw new ReliableMQException("Consumer group '" + group + "' keeps its records under a key of its own in"
                    + " Redis, where they cannot be found by the messages' ids: keep them in a database to compare"
                    + " them.");
        }
        try (RedisConnection connection = this.connections.getConnection()) {
            Long now = connection.serverCommands().time();
            if (now == null) {
                throw new IllegalStateException("Redis does not tell the time.");
            }
            Map<Long, ConsumptionState> states = new HashMap<>(ids.length * 2);
            for (int from = 0; from < ids.length; from += AT_ONCE) {
                find(connection, group, ids, from, Math.min(ids.length, from + AT_ONCE), now, states);
            }
            return states;
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException(
                    "Cannot read what consumer group '" + group + "' has recorded in Redis: " + ex.getMessage(), ex);
        }
    }

    private void find(RedisConnection connection, String group, long[] ids, int from, int to, long now,
            Map<Long, ConsumptionState> states) {
        List<String> identities = new ArrayList<>();
        for (int i = from; i < to; i++) {
            identities.add(RecordKey.ofMessageId(group, ids[i]).identity());
        }
        List<?> found = all(connection, identities,
                (identity) -> connection.stringCommands().get(bytes(this.records.of(group, identity))));
        List<?> failed = all(connection, identities,
                (identity) -> connection.keyCommands().exists(bytes(this.attempts.of(group, identity))));
        for (int i = from; i < to; i++) {
            ConsumptionState state = state(found.get(i - from), now);
            if (state == null || !state.isFinal()) {
                state = Boolean.TRUE.equals(failed.get(i - from)) ? ConsumptionState.IN_RETRY : state;
            }
            if (state != null) {
                states.put(ids[i], state);
            }
        }
    }

    /** Where the driver has no pipelines, one after the other. */
    private static List<?> all(RedisConnection connection, List<String> identities, Function<String, ?> command) {
        try {
            connection.openPipeline();
        }
        catch (InvalidDataAccessApiUsageException | UnsupportedOperationException ex) {
            List<Object> answers = new ArrayList<>();
            identities.forEach((identity) -> answers.add(command.apply(identity)));
            return answers;
        }
        for (String identity : identities) {
            // The answer comes at the end of the pipeline.
            Object unused = command.apply(identity);
        }
        List<Object> answers = connection.closePipeline();
        if (answers.size() != identities.size()) {
            throw new IllegalStateException(
                    "Redis gave " + answers.size() + " answers to " + identities.size() + " pipelined calls.");
        }
        return answers;
    }

    private static @Nullable ConsumptionState state(@Nullable Object value, long now) {
        if (value == null) {
            return null;
        }
        String record = (value instanceof byte[] text) ? new String(text, StandardCharsets.UTF_8)
                : String.valueOf(value);
        String[] fields = record.split(" ");
        return switch (fields[0]) {
            case "D" -> ConsumptionState.DONE;
            case "K" -> ConsumptionState.PARKED;
            case "X" -> ConsumptionState.DISCARDED;
            case "P" -> (Long.parseLong(fields[2]) > now) ? ConsumptionState.CLAIMED : null;
            case "R" -> null;
            default -> throw new IllegalStateException(
                    "a record begins with '" + fields[0] + "', which this version does not know");
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

}
