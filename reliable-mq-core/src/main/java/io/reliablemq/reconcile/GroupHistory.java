package io.reliablemq.reconcile;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What else a directory remembers of a registration: what its subscription was before,
 * when it was not guarded, how far the group was, and which clients are guarded.
 */
public final class GroupHistory {

    /** Nothing is known. */
    public static final GroupHistory NONE = new GroupHistory(Map.of(), List.of(), Map.of(), Map.of(), null, null);

    private static final String RETRY = "retry:";

    private final Map<String, TagPeriod> tags;

    private final List<GuardGap> gaps;

    private final Map<String, Long> offsets;

    private final Map<String, Instant> clients;

    private final @Nullable Instant sharedSince;

    private final @Nullable Instant recordsFrom;

    /**
     * Creates a history.
     * @param tags when the group subscribed to tags; those that are missing, since the
     * registration's {@code expectedFrom}
     * @param gaps when the group may have consumed without its guard
     * @param offsets the group's offsets by queue when it was last known to be guarded
     * @param clients guarded clients, and when they were seen
     * @param sharedSince since when others than guarded clients are connected
     * @param recordsFrom records are complete from this time on
     */
    GroupHistory(Map<String, TagPeriod> tags, List<GuardGap> gaps, Map<String, Long> offsets,
            Map<String, Instant> clients, @Nullable Instant sharedSince, @Nullable Instant recordsFrom) {
        this.tags = Map.copyOf(tags);
        this.gaps = List.copyOf(gaps);
        this.offsets = Map.copyOf(offsets);
        this.clients = Map.copyOf(clients);
        this.sharedSince = sharedSince;
        this.recordsFrom = recordsFrom;
    }

    /**
     * What a running instance tells when it registers.
     * @param client its client id
     * @param offsets the group's offsets by {@link #queue} and {@link #retryQueue}; empty
     * if they are not known
     * @param shared whether clients are connected that are not known to be guarded
     * @return the history to register with
     */
    public static GroupHistory of(String client, Map<String, Long> offsets, boolean shared) {
        return new GroupHistory(Map.of(), List.of(), offsets, Map.of(client, Instant.EPOCH),
                shared ? Instant.EPOCH : null, null);
    }

    /**
     * The name of a queue of the topic.
     * @param position a position in it
     * @return its name among the offsets
     */
    public static String queue(QueuePosition position) {
        return position.broker() + ":" + position.queueId();
    }

    /**
     * The name of a queue of the group's retry topic.
     * @param position a position in it
     * @return its name among the offsets
     */
    public static String retryQueue(QueuePosition position) {
        return RETRY + queue(position);
    }

    /**
     * Reads what {@link #toString} has written.
     * @param text the text; {@code null} for none
     * @return the history
     * @throws io.reliablemq.ReliableMQException if it is no such text
     */
    public static GroupHistory parse(@Nullable String text) {
        return (text == null || text.isEmpty()) ? NONE : HistoryText.read(text);
    }

    /**
     * The guarded clients of the group.
     * @return when each was last seen, by client id
     */
    public Map<String, Instant> clients() {
        return this.clients;
    }

    Map<String, TagPeriod> tags() {
        return this.tags;
    }

    List<GuardGap> gaps() {
        return this.gaps;
    }

    Map<String, Long> offsets() {
        return this.offsets;
    }

    @Nullable Instant sharedSince() {
        return this.sharedSince;
    }

    @Nullable Instant recordsFrom() {
        return this.recordsFrom;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GroupHistory history && toString().equals(history.toString());
    }

    @Override
    public int hashCode() {
        return toString().hashCode();
    }

    /**
     * As text, for directories and other applications.
     * @return lines of printable characters; empty if nothing is known
     */
    @Override
    public String toString() {
        return HistoryText.write(this);
    }

}
