package io.reliablemq.reconcile;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * The history of a registration: earlier subscriptions, times without a guard, offsets of
 * the group, and guarded clients.
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

    private final @Nullable String unread;

    private final @Nullable String problem;

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
        this(tags, gaps, offsets, clients, sharedSince, recordsFrom, null, null);
    }

    private GroupHistory(Map<String, TagPeriod> tags, List<GuardGap> gaps, Map<String, Long> offsets,
            Map<String, Instant> clients, @Nullable Instant sharedSince, @Nullable Instant recordsFrom,
            @Nullable String unread, @Nullable String problem) {
        this.tags = Map.copyOf(tags);
        this.gaps = List.copyOf(gaps);
        this.offsets = Map.copyOf(offsets);
        this.clients = Map.copyOf(clients);
        this.sharedSince = sharedSince;
        this.recordsFrom = recordsFrom;
        this.unread = unread;
        this.problem = problem;
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
     * Reads what {@link #toString} has written. Of a text that cannot be read nothing is
     * known, which is the matter of its group only: the group counts as not guarded, and
     * its messages are {@link Verdict#UNKNOWN}.
     * @param text the text; {@code null} for none
     * @return the history
     */
    public static GroupHistory parse(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return NONE;
        }
        try {
            return HistoryText.read(text);
        }
        catch (ReliableMQException ex) {
            return unreadable(text, String.valueOf(ex.getMessage()));
        }
    }

    /**
     * Of a registration that cannot be read.
     * @param text what is written
     * @param problem why it cannot be read
     * @return a history that tells nothing
     */
    public static GroupHistory unreadable(String text, String problem) {
        return new GroupHistory(Map.of(), List.of(), Map.of(), Map.of(), null, null, text, problem);
    }

    /** Why it cannot be read; {@code null} if it can. */
    @Nullable String problem() {
        return this.problem;
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
        return (this.unread != null) ? this.unread : HistoryText.write(this);
    }

}
