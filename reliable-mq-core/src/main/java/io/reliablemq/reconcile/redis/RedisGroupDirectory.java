package io.reliablemq.reconcile.redis;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSubscription;
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

    private final RedisConnectionFactory connections;

    private final byte[] key;

    /**
     * Creates the directory.
     * @param connections where it is
     * @param keyPrefix what the names of the application's keys begin with
     */
    public RedisGroupDirectory(RedisConnectionFactory connections, String keyPrefix) {
        this.connections = connections;
        this.key = bytes(keyPrefix + "groups");
    }

    @Override
    public void register(Collection<GroupSubscription> groups) {
        try (RedisConnection connection = this.connections.getConnection()) {
            Long now = connection.serverCommands().time();
            Instant time = Instant.ofEpochMilli((now != null) ? now : 0);
            for (GroupSubscription group : groups) {
                byte[] field = bytes(String.join(SEPARATOR, group.cluster(), group.group(), group.topic()));
                GroupSubscription known = read(connection.hashCommands().hGet(this.key, field));
                Instant expected = (known != null && known.deliversAs(group)) ? known.expectedFrom() : time;
                Boolean unused = connection.hashCommands().hSet(this.key, field, bytes(write(group, expected, time)));
            }
        }
        catch (RuntimeException ex) {
            throw new ReliableMQException("Cannot register consumer groups in Redis: " + ex.getMessage(), ex);
        }
    }

    @Override
    public List<GroupSubscription> groups() {
        try (RedisConnection connection = this.connections.getConnection()) {
            List<GroupSubscription> groups = new ArrayList<>();
            Map<byte[], byte[]> all = connection.hashCommands().hGetAll(this.key);
            if (all != null) {
                for (byte[] value : all.values()) {
                    GroupSubscription group = read(value);
                    if (group != null) {
                        groups.add(group);
                    }
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

    private static @Nullable GroupSubscription read(byte @Nullable [] value) {
        if (value == null) {
            return null;
        }
        String[] fields = new String(value, StandardCharsets.UTF_8).split(SEPARATOR, -1);
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
