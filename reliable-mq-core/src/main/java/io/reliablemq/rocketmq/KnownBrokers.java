package io.reliablemq.rocketmq;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The brokers that one consumer has known for each of its topics, and when to ask again
 * for those that are missing. For one thread.
 */
final class KnownBrokers {

    private static final long SHORTEST = Duration.ofSeconds(1).toNanos();

    private static final long LONGEST = Duration.ofSeconds(10).toNanos();

    /** So much of the time for which something has been missing. */
    private static final int SHARE = 30;

    private static final long FORGOTTEN = Duration.ofHours(1).toNanos();

    private final Map<String, Topic> topics = new HashMap<>();

    /**
     * Compares what is known now with what was known.
     * @param now the brokers of each topic, none if its route is not known
     * @param nanos the time
     * @return the topics to ask for
     */
    List<String> missing(Map<String, Set<String>> now, long nanos) {
        this.topics.keySet().retainAll(now.keySet());
        List<String> due = new ArrayList<>();
        now.forEach((topic, brokers) -> {
            if (this.topics.computeIfAbsent(topic, (it) -> new Topic()).isDue(brokers, nanos)) {
                due.add(topic);
            }
        });
        return due;
    }

    private static final class Topic {

        private Set<String> known = Set.of();

        private boolean complete = true;

        private long since;

        private long nextAt;

        boolean isDue(Set<String> brokers, long nanos) {
            boolean completeBefore = this.complete;
            this.complete = !brokers.isEmpty() && brokers.containsAll(this.known);
            if (this.complete) {
                this.known = Set.copyOf(brokers);
                return false;
            }
            if (completeBefore) {
                this.since = nanos;
                this.nextAt = nanos;
            }
            long away = nanos - this.since;
            if (away >= FORGOTTEN && !brokers.isEmpty()) {
                this.known = Set.copyOf(brokers);
                return false;
            }
            this.known = union(this.known, brokers);
            if (nanos - this.nextAt < 0) {
                return false;
            }
            this.nextAt = nanos + Math.min(LONGEST, Math.max(SHORTEST, away / SHARE));
            return true;
        }

        private static Set<String> union(Set<String> one, Set<String> other) {
            Set<String> all = new HashSet<>(one);
            all.addAll(other);
            return all;
        }

    }

}
