package io.reliablemq.reconcile;

import java.time.Instant;
import java.util.Map;

/**
 * A time in which a group may have consumed without its guard: none of its instances was
 * registered, or others were connected too. What moved meanwhile is known where the
 * group's offsets before and after are.
 *
 * @param from when the group was last known to be guarded
 * @param to when it was again
 * @param before the group's offsets at the beginning, by queue; empty if they are not
 * known
 * @param after its offsets at the end; empty if they are not known yet
 */
record GuardGap(Instant from, Instant to, Map<String, Long> before, Map<String, Long> after) {

    GuardGap {
        before = Map.copyOf(before);
        after = Map.copyOf(after);
    }

    /** Offsets that are read later leave more in doubt, not less. */
    GuardGap endingWith(Map<String, Long> offsets) {
        return this.after.isEmpty() ? new GuardGap(this.from, this.to, this.before, offsets) : this;
    }

    GuardGap and(GuardGap later) {
        return new GuardGap(this.from, later.to, this.before, later.after);
    }

    /** Nothing was consumed meanwhile, by whomever. */
    boolean isIdle() {
        return !this.before.isEmpty() && this.before.equals(this.after);
    }

    boolean leavesInDoubt(SentMessage message) {
        Instant available = message.availableSince();
        if (available.isAfter(this.to.plus(GroupSubscription.REFRESH))) {
            return false;
        }
        QueuePosition position = message.position();
        // The position of a delayed message, or of one sent again, is not where the group
        // got it. Without offsets nobody knows how old a backlog was.
        if (position == null || message.deliverAt() != null || message.lastResentAt() != null) {
            return true;
        }
        return includes(GroupHistory.queue(position), position.offset());
    }

    /** Whether the group may have come to a copy of a message meanwhile. */
    boolean leavesInDoubt(SentMessage message, String queue, long offset) {
        return !message.availableSince().isAfter(this.to.plus(GroupSubscription.REFRESH)) && includes(queue, offset);
    }

    private boolean includes(String queue, long offset) {
        long end = this.after.isEmpty() ? Long.MAX_VALUE : this.after.getOrDefault(queue, Long.MAX_VALUE);
        return offset >= this.before.getOrDefault(queue, 0L) && offset < end;
    }

}
