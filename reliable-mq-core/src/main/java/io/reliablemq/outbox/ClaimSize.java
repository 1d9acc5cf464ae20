package io.reliablemq.outbox;

/**
 * How many messages the next claim takes: as many as are sent together, and more with
 * each claim that finds as many as it may, since a large claim costs less per message.
 * While anything cannot be sent, claims are small: a claim holds what it takes until it
 * ends.
 */
final class ClaimSize {

    private static final int MOST_BATCHES = 5;

    private static final int MOST_MESSAGES = 1000;

    private final int batchSize;

    private int batches = 1;

    ClaimSize(int batchSize) {
        this.batchSize = batchSize;
    }

    int next(OutboxScope scope) {
        if (!scope.paused().isEmpty()) {
            this.batches = 1;
        }
        return Math.max(this.batchSize, Math.min(MOST_MESSAGES, this.batchSize * this.batches));
    }

    /** Whether there may be more to claim. */
    boolean found(int asked, int found) {
        boolean full = found == asked;
        this.batches = full ? Math.min(MOST_BATCHES, this.batches + 1) : 1;
        return full;
    }

}
