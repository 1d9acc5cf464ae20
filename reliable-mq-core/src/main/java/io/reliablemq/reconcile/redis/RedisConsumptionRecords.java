package io.reliablemq.reconcile.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.MessageId;
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
        return ConsumptionRecords.findWithoutSpace(this, group, ids);
    }

    @Override
    public Map<MessageId, ConsumptionState> find(String group, Collection<MessageId> messages) {
        if (this.directory.groups().stream().anyMatch((it) -> it.keyed() && it.group().equals(group))) {
            throw new ReliableMQException("Consumer group '" + group + "' keeps its records under a key of its own in"
                    + " Redis, where they cannot be found by the messages' ids: keep them in a database to compare"
                    + " them.");
        }
        try (RedisConnection connection = this.connections.getConnection()) {
            List<MessageId> all = List.copyOf(messages);
            Map<MessageId, ConsumptionState> states = new HashMap<>(all.size() * 2);
            for (int from = 0; from < all.size(); from += AT_ONCE) {
                find(connection, group, all.subList(from, Math.min(all.size(), from + AT_ONCE)), states);
            }
            return states;
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException(
                    "Cannot read what consumer group '" + group + "' has recorded in Redis: " + ex.getMessage(), ex);
        }
    }

    private void find(RedisConnection connection, String group, List<MessageId> messages,
            Map<MessageId, ConsumptionState> states) {
        List<String> identities = messages.stream().map(MessageId::identity).toList();
        List<String> records = all(connection, identities,
                (identity) -> connection.stringCommands().get(bytes(this.records.of(group, identity))))
            .stream()
            .map(RedisConsumptionRecords::text)
            .toList();
        List<?> failed = all(connection, identities,
                (identity) -> connection.keyCommands().exists(bytes(this.attempts.of(group, identity))));
        Set<String> live = live(connection, group, identities, records);
        for (int i = 0; i < messages.size(); i++) {
            ConsumptionState state = state(records.get(i), live.contains(identities.get(i)));
            if (state == null || !state.isFinal()) {
                state = Boolean.TRUE.equals(failed.get(i)) ? ConsumptionState.IN_RETRY : state;
            }
            if (state != null) {
                states.put(messages.get(i), state);
            }
        }
    }

    /**
     * Those whose lease has not ended: it does before the key goes, by the third field.
     */
    private Set<String> live(RedisConnection connection, String group, List<String> identities, List<String> records) {
        List<String> claimed = new ArrayList<>();
        List<Long> memories = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            if (records.get(i).startsWith("P ")) {
                claimed.add(identities.get(i));
                memories.add(Long.valueOf(records.get(i).split(" ")[2]));
            }
        }
        Set<String> live = new HashSet<>();
        if (!claimed.isEmpty()) {
            List<?> remaining = all(connection, claimed,
                    (identity) -> connection.keyCommands().pTtl(bytes(this.records.of(group, identity))));
            for (int i = 0; i < claimed.size(); i++) {
                if (remaining.get(i) instanceof Long left && left > memories.get(i)) {
                    live.add(claimed.get(i));
                }
            }
        }
        return live;
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

    private static String text(@Nullable Object value) {
        if (value == null) {
            return "";
        }
        return (value instanceof byte[] text) ? new String(text, StandardCharsets.UTF_8) : String.valueOf(value);
    }

    private static @Nullable ConsumptionState state(String record, boolean live) {
        if (record.isEmpty()) {
            return null;
        }
        String status = record.split(" ")[0];
        return switch (status) {
            case "D" -> ConsumptionState.DONE;
            case "K" -> ConsumptionState.PARKED;
            case "X" -> ConsumptionState.DISCARDED;
            case "P" -> live ? ConsumptionState.CLAIMED : null;
            case "R" -> null;
            default -> throw new IllegalStateException(
                    "a record begins with '" + status + "', which this version does not know");
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

}
