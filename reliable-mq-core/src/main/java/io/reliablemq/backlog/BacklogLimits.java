package io.reliablemq.backlog;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * How far a group may be behind. {@code null} is no limit.
 *
 * @param lag most messages that may wait per topic
 * @param lagTime greatest age of a waiting message
 * @param stalledFor how long a queue may stand still while messages wait
 */
public record BacklogLimits(@Nullable Long lag, @Nullable Duration lagTime, @Nullable Duration stalledFor) {

    /**
     * No limit.
     * @return limits that nothing exceeds
     */
    public static BacklogLimits none() {
        return new BacklogLimits(null, null, null);
    }

    /**
     * These limits where another has none.
     * @param defaults limits to fall back to
     * @return a limit for whatever either limits
     */
    public BacklogLimits or(BacklogLimits defaults) {
        return new BacklogLimits((this.lag != null) ? this.lag : defaults.lag,
                (this.lagTime != null) ? this.lagTime : defaults.lagTime,
                (this.stalledFor != null) ? this.stalledFor : defaults.stalledFor);
    }

    /**
     * Compares.
     * @param backlog how far a group is behind
     * @return a sentence for each limit that is exceeded
     */
    public List<String> exceededBy(GroupBacklog backlog) {
        List<String> sentences = new ArrayList<>();
        String title = "Group " + backlog.title();
        if (this.lag != null && backlog.messages() > this.lag) {
            sentences.add(title + " has " + backlog.messages() + " messages to consume (lag: " + this.lag + ").");
        }
        if (this.lagTime != null && backlog.age().compareTo(this.lagTime) > 0) {
            sentences.add(title + " has not consumed a message of " + seconds(backlog.age()) + " s ago (lag-time: "
                    + seconds(this.lagTime) + " s).");
        }
        if (this.stalledFor != null && backlog.stalledFor().compareTo(this.stalledFor) > 0) {
            sentences.add(title + " has stood still for " + seconds(backlog.stalledFor()) + " s (stalled-for: "
                    + seconds(this.stalledFor) + " s): " + reason(backlog) + ".");
        }
        return sentences;
    }

    private static String reason(GroupBacklog backlog) {
        if (backlog.consumers() == 0) {
            return "no consumer of the group is connected";
        }
        Optional<WaitingMessage> head = backlog.stalledQueue().map(QueueBacklog::head);
        return head.map((message) -> "it waits for " + message.place())
            .orElseGet(() -> "the offset of a queue does not move"
                    + backlog.stalledQueue().map((queue) -> " (" + queue.name() + ")").orElse(""));
    }

    private static long seconds(Duration duration) {
        return duration.toSeconds();
    }

}
