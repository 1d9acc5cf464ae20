package io.reliablemq.reconcile.redis;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

import io.reliablemq.ReliableMQException;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupHistory;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.redis.LuaScript;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Groups in a hash of Redis. Redis tells the times.
 */
public final class RedisGroupDirectory implements GroupDirectory {

    /** No name has it. */
    private static final String SEPARATOR = "\u0001";

    private static final int FIELDS = 11;

    /** Cluster, group and topic come first. */
    private static final int NAMES = 3;

    /** Scripts are run by the master, also where the driver reads from replicas. */
    private static final LuaScript READ_ALL = LuaScript.of("return redis.call('HVALS', KEYS[1])");

    private static final LuaScript READ_ONE = LuaScript.of("""
            local time = redis.call('TIME')
            return {time[1], time[2], redis.call('HGET', KEYS[1], ARGV[1]) or ''}
            """);

    /** Not over what another instance has written since it was read. */
    private static final LuaScript WRITE = LuaScript.of("""
            if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then
                return {0}
            end
            redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
            return {1}
            """);

    private final RedisConnectionFactory connections;

    private final String key;

    /**
     * Creates the directory.
     * @param connections where it is
     * @param keyPrefix what the names of the application's keys begin with
     */
    public RedisGroupDirectory(RedisConnectionFactory connections, String keyPrefix) {
        this.connections = connections;
        this.key = keyPrefix + "groups";
    }

    @Override
    public void register(Collection<GroupSubscription> groups) {
        ReliableMQException failure = null;
        for (GroupSubscription group : groups) {
            try {
                register(group);
            }
            catch (RuntimeException ex) {
                // One group's is not the others'.
                ReliableMQException another = new ReliableMQException(
                        "Cannot register consumer group '" + group.group() + "' in Redis: " + ex.getMessage(), ex);
                if (failure == null) {
                    failure = another;
                }
                else {
                    failure.addSuppressed(another);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void register(GroupSubscription group) {
        String field = String.join(SEPARATOR, group.cluster(), group.group(), group.topic());
        boolean written;
        do {
            List<String> found = READ_ONE.run(this.connections, this.key, field);
            Instant now = Instant
                .ofEpochMilli(Long.parseLong(found.get(0)) * 1000 + Long.parseLong(found.get(1)) / 1000);
            String before = (found.size() > 2) ? found.get(2) : "";
            GroupSubscription known = before.isEmpty() ? null : read(before);
            String after = write((known != null) ? known.renewed(group, now) : group.registeredAt(now));
            written = "1".equals(WRITE.run(this.connections, this.key, field, before, after).get(0));
        }
        while (!written && !Thread.currentThread().isInterrupted());
    }

    @Override
    public List<GroupSubscription> groups() {
        try {
            List<String> all = READ_ALL.run(this.connections, this.key);
            return all.stream().map(RedisGroupDirectory::read).toList();
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException("Cannot read the consumer groups in Redis: " + ex.getMessage(), ex);
        }
    }

    private static String write(GroupSubscription group) {
        Duration retention = group.retention();
        return String.join(SEPARATOR, group.cluster(), group.group(), group.topic(),
                String.valueOf(group.subscription()), group.filterType(), group.messageModel(),
                String.valueOf(group.ordered()), String.valueOf(group.keyed()),
                String.valueOf(group.expectedFrom().toEpochMilli()), String.valueOf(group.lastSeen().toEpochMilli()),
                (retention != null) ? String.valueOf(retention.toMillis()) : "-", group.history().toString());
    }

    private static GroupSubscription read(String value) {
        String[] fields = value.split(SEPARATOR, -1);
        if (fields.length < NAMES) {
            throw new IllegalStateException("a group has " + fields.length + " fields");
        }
        try {
            return read(fields);
        }
        catch (RuntimeException ex) {
            // The others can be read all the same.
            return new GroupSubscription(fields[0], fields[1], fields[2], null, GroupSubscription.TAG,
                    GroupSubscription.CLUSTERING, false, false, Instant.EPOCH, Instant.EPOCH, null,
                    GroupHistory.unreadable(value,
                            "The registration of consumer group '" + fields[1] + "' in Redis cannot be read ("
                                    + ex.getMessage() + "): update this application, or"
                                    + " delete the registration."));
        }
    }

    private static GroupSubscription read(String[] fields) {
        if (fields.length < FIELDS) {
            throw new IllegalStateException("it has " + fields.length + " fields");
        }
        return new GroupSubscription(fields[0], fields[1], fields[2], "null".equals(fields[3]) ? null : fields[3],
                fields[4], fields[5], Boolean.parseBoolean(fields[6]), Boolean.parseBoolean(fields[7]), time(fields[8]),
                time(fields[9]), "-".equals(fields[10]) ? null : Duration.ofMillis(Long.parseLong(fields[10])),
                GroupHistory.parse((fields.length > FIELDS) ? fields[FIELDS] : null));
    }

    private static Instant time(String millis) {
        return Instant.ofEpochMilli(Long.parseLong(millis));
    }

}
