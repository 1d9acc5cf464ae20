package io.reliablemq.reconcile.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import io.reliablemq.ReliableMQException;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.redis.LuaScript;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Groups in a hash of Redis. Redis tells the times.
 */
public final class RedisGroupDirectory implements GroupDirectory {

    /** No name has it. */
    private static final String SEPARATOR = "\u0001";

    private static final int FIELDS = 11;

    // By scripts: they are read from the master, also where the driver reads from
    // replicas,
    // which may be behind.

    private static final LuaScript TIME = LuaScript.of("""
            local time = redis.call('TIME')
            return {string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))}
            """);

    private static final LuaScript READ = LuaScript.of("""
            return {redis.call('HGET', KEYS[1], ARGV[1]) or ''}
            """);

    private static final LuaScript READ_ALL = LuaScript.of("""
            return redis.call('HVALS', KEYS[1])
            """);

    private final RedisConnectionFactory connections;

    private final String name;

    private final byte[] key;

    /**
     * Creates the directory.
     * @param connections where it is
     * @param keyPrefix what the names of the application's keys begin with
     */
    public RedisGroupDirectory(RedisConnectionFactory connections, String keyPrefix) {
        this.connections = connections;
        this.name = keyPrefix + "groups";
        this.key = bytes(this.name);
    }

    @Override
    public void register(Collection<GroupSubscription> groups) {
        try (RedisConnection connection = this.connections.getConnection()) {
            Instant time = time(TIME.run(this.connections, this.name).get(0));
            for (GroupSubscription group : groups) {
                String field = String.join(SEPARATOR, group.cluster(), group.group(), group.topic());
                GroupSubscription known = read(READ.run(this.connections, this.name, field).get(0));
                Instant expected = (known != null && known.deliversAs(group)) ? known.expectedFrom() : time;
                Boolean unused = connection.hashCommands()
                    .hSet(this.key, bytes(field), bytes(write(group, expected, time)));
            }
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException("Cannot register consumer groups in Redis: " + ex.getMessage(), ex);
        }
    }

    @Override
    public List<GroupSubscription> groups() {
        try {
            List<GroupSubscription> groups = new ArrayList<>();
            for (String value : READ_ALL.run(this.connections, this.name)) {
                GroupSubscription group = read(value);
                if (group != null) {
                    groups.add(group);
                }
            }
            return groups;
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException("Cannot read the consumer groups in Redis: " + ex.getMessage(), ex);
        }
    }

    private static String write(GroupSubscription group, Instant expectedFrom, Instant lastSeen) {
        Duration retention = group.retention();
        return String.join(SEPARATOR, group.cluster(), group.group(), group.topic(),
                String.valueOf(group.subscription()), group.filterType(), group.messageModel(),
                String.valueOf(group.ordered()), String.valueOf(group.keyed()),
                String.valueOf(expectedFrom.toEpochMilli()), String.valueOf(lastSeen.toEpochMilli()),
                (retention != null) ? String.valueOf(retention.toMillis()) : "-");
    }

    private static @Nullable GroupSubscription read(String value) {
        if (value.isEmpty()) {
            return null;
        }
        String[] fields = value.split(SEPARATOR, -1);
        if (fields.length < FIELDS) {
            throw new IllegalStateException("a group has " + fields.length + " fields");
        }
        return new GroupSubscription(fields[0], fields[1], fields[2], "null".equals(fields[3]) ? null : fields[3],
                fields[4], fields[5], Boolean.parseBoolean(fields[6]), Boolean.parseBoolean(fields[7]), time(fields[8]),
                time(fields[9]), "-".equals(fields[10]) ? null : Duration.ofMillis(Long.parseLong(fields[10])));
    }

    private static Instant time(String millis) {
        return Instant.ofEpochMilli(Long.parseLong(millis));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

}
