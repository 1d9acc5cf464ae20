package io.reliablemq.test.contract;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * All claims of one record, judged after the fact: whatever order the threads were
 * scheduled in, the tokens tell the order of the claims.
 */
final class ClaimHistory {

    // The store counts in whole milliseconds and by another clock.
    private static final long TOLERANCE_NANOS = 50_000_000;

    private final ConcurrentLinkedQueue<Owned> claims = new ConcurrentLinkedQueue<>();

    Owned add(long token, long calledAt, long answeredAt, long leaseNanos) {
        Owned owned = new Owned(token, answeredAt, calledAt + leaseNanos);
        this.claims.add(owned);
        return owned;
    }

    long completions() {
        return this.claims.stream().filter((claim) -> claim.completed).count();
    }

    void check(String what) {
        List<Owned> inOrder = new ArrayList<>(this.claims);
        inOrder.sort(Comparator.comparingLong((claim) -> claim.token));
        @Nullable Owned before = null;
        for (Owned claim : inOrder) {
            if (before != null) {
                assertThat(claim.token).as("%s: tokens are given out once", what).isGreaterThan(before.token);
                assertThat(before.completed).as("%s: claimed after it was completed", what).isFalse();
                assertThat(before.isOverAt(claim.answeredAt)).as("%s: two live owners", what).isTrue();
            }
            before = claim;
        }
        assertThat(completions()).as("%s: completions", what).isLessThanOrEqualTo(1);
    }

    /** One claim that was acquired. */
    static final class Owned {

        final long token;

        private final long answeredAt;

        private final long leaseEnd;

        private volatile boolean completed;

        private volatile long releasedAt = Long.MAX_VALUE;

        private Owned(long token, long answeredAt, long leaseEnd) {
            this.token = token;
            this.answeredAt = answeredAt;
            this.leaseEnd = leaseEnd;
        }

        void completed() {
            this.completed = true;
        }

        void releasing() {
            this.releasedAt = System.nanoTime();
        }

        private boolean isOverAt(long time) {
            boolean leaseOver = time - this.leaseEnd >= -TOLERANCE_NANOS;
            return leaseOver || (this.releasedAt != Long.MAX_VALUE && time - this.releasedAt >= 0);
        }

    }

}
