package io.reliablemq.rocketmq.backlog;

import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.reliablemq.rocketmq.backlog.TopicBrokers.Master;
import org.apache.rocketmq.remoting.protocol.admin.TopicOffset;
import org.jspecify.annotations.Nullable;

/**
 * What holds for all groups: the oldest and the newest offset of each queue for one poll,
 * how long brokers keep messages for longer.
 */
final class BrokerSnapshot {

    private static final long RETENTION_AGE = TimeUnit.MINUTES.toNanos(10);

    private final Map<String, Map<Integer, TopicOffset>> bounds = new ConcurrentHashMap<>();

    private final Map<String, Retention> retentions = new ConcurrentHashMap<>();

    /** Forgets what holds for one poll only. */
    void begin() {
        this.bounds.clear();
    }

    /** Two groups that ask at the same moment both ask; that is no harm. */
    Map<Integer, TopicOffset> bounds(BacklogChannel channel, String address, String topic) throws Exception {
        String key = address + " " + channel.admin().withNamespace(topic);
        Map<Integer, TopicOffset> known = this.bounds.get(key);
        if (known == null) {
            known = channel.bounds(address, topic);
            this.bounds.put(key, known);
        }
        return known;
    }

    /** The shortest of some brokers, {@code null} if one of them does not tell. */
    @Nullable Duration retention(BacklogChannel channel, Collection<Master> masters) throws InterruptedException {
        Duration shortest = null;
        for (Master master : masters) {
            Duration retention = (master.address() != null) ? retention(channel, master.address()) : null;
            if (retention == null) {
                return null;
            }
            shortest = (shortest == null || retention.compareTo(shortest) < 0) ? retention : shortest;
        }
        return shortest;
    }

    private @Nullable Duration retention(BacklogChannel channel, String address) throws InterruptedException {
        Retention known = this.retentions.get(address);
        if (known == null || System.nanoTime() - known.at() > RETENTION_AGE) {
            known = new Retention(ask(channel, address), System.nanoTime());
            this.retentions.put(address, known);
        }
        return known.value().orElse(null);
    }

    /** A broker that does not let ask is not asked again for a while. */
    private static Optional<Duration> ask(BacklogChannel channel, String address) throws InterruptedException {
        try {
            return Optional.of(channel.retention(address));
        }
        catch (InterruptedException ex) {
            throw ex;
        }
        catch (Exception ex) {
            return Optional.empty();
        }
    }

    private record Retention(Optional<Duration> value, long at) {
    }

}
