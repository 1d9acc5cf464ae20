package io.reliablemq.deadletter;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What became of the messages in a group's dead-letter topic.
 *
 * @param group consumer group
 * @param stored letters that are new
 * @param known messages that had a letter already, or that are done
 * @param left messages that the next call reads: beyond the limit, or not before one that
 * is being processed now
 * @param failed messages that can never be stored, by RocketMQ's message id, with place
 * and reason; they stay in the topic until they expire, and are not read again
 */
public record DrainReport(String group, int stored, int known, long left, Map<String, String> failed) {

    /**
     * Copies the map.
     */
    public DrainReport {
        failed = Collections.unmodifiableMap(new LinkedHashMap<>(failed));
    }

    /**
     * A report without failures.
     * @param group consumer group
     * @param stored letters that are new
     * @param known messages that had a letter already, or that are done
     * @param left messages that the next call reads
     */
    public DrainReport(String group, int stored, int known, long left) {
        this(group, stored, known, left, Map.of());
    }

    /**
     * Both together.
     * @param other what became of messages of the same group on another cluster
     * @return the sums, with the failures of both
     */
    public DrainReport and(DrainReport other) {
        Map<String, String> all = new LinkedHashMap<>(this.failed);
        all.putAll(other.failed);
        return new DrainReport(this.group, this.stored + other.stored, this.known + other.known, this.left + other.left,
                all);
    }

}
