package io.reliablemq.reconcile.redis;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.MessageId;
import io.reliablemq.reconcile.ConsumptionRecords;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.redis.LuaScript;
import io.reliablemq.redis.RecordKeys;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Records and failed attempts in Redis, looked up by the keys of the messages in
 * pipelines of scripts. A record under a key of the application's own cannot be found by
 * the message's id: such groups are not known.
 */
public final class RedisConsumptionRecords implements ConsumptionRecords {

    private static final int AT_ONCE = 1000;

    // By scripts: whatever decides about a loss is read from the master, also where the
    // driver reads from replicas, which may be behind.

    private static final LuaScript RECORD = LuaScript.of("""
            local value = redis.call('GET', KEYS[1])
            if not value then
              return {'', '0'}
            end
            return {value, string.format('%.0f', redis.call('PTTL', KEYS[1]))}
            """);

    private static final LuaScript EXISTS = LuaScript.of("""
            return {redis.call('EXISTS', KEYS[1])}
            """);

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
        try {
            List<MessageId> all = List.copyOf(messages);
            Map<MessageId, ConsumptionState> states = new HashMap<>(all.size() * 2);
            for (int from = 0; from < all.size(); from += AT_ONCE) {
                find(group, all.subList(from, Math.min(all.size(), from + AT_ONCE)), states);
            }
            return states;
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException(
                    "Cannot read what consumer group '" + group + "' has recorded in Redis: " + ex.getMessage(), ex);
        }
    }

    private void find(String group, List<MessageId> messages, Map<MessageId, ConsumptionState> states) {
        List<String> identities = messages.stream().map(MessageId::identity).toList();
        List<List<String>> records = RECORD.runAll(this.connections,
                identities.stream().map((identity) -> List.of(this.records.of(group, identity))).toList());
        List<List<String>> failed = EXISTS.runAll(this.connections,
                identities.stream().map((identity) -> List.of(this.attempts.of(group, identity))).toList());
        for (int i = 0; i < messages.size(); i++) {
            ConsumptionState state = state(records.get(i).get(0), Long.parseLong(records.get(i).get(1)));
            if (state == null || !state.isFinal()) {
                state = "1".equals(failed.get(i).get(0)) ? ConsumptionState.IN_RETRY : state;
            }
            if (state != null) {
                states.put(messages.get(i), state);
            }
        }
    }

    /**
     * The lease ends before the key goes, by the third field.
     * @param remaining time to live of the key, in ms
     */
    private static @Nullable ConsumptionState state(String record, long remaining) {
        if (record.isEmpty()) {
            return null;
        }
        String[] fields = record.split(" ");
        return switch (fields[0]) {
            case "D" -> ConsumptionState.DONE;
            case "K" -> ConsumptionState.PARKED;
            case "X" -> ConsumptionState.DISCARDED;
            case "P" -> (remaining > Long.parseLong(fields[2])) ? ConsumptionState.CLAIMED : ConsumptionState.UNCERTAIN;
            case "R" -> null;
            default -> throw new IllegalStateException(
                    "a record begins with '" + fields[0] + "', which this version does not know");
        };
    }

}
