package io.reliablemq.reconcile;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * The period in which a group subscribed to a tag. Times are those of the directory.
 *
 * @param since messages that were there before are not expected
 * @param until when the tag left the subscription; {@code null} while it is part of it
 * @param disputedFrom since when the tag was missing for a while; {@code null} if it
 * never was
 * @param disputedTo when it came back for the last time; {@code null} if it was never
 * missing
 */
record TagPeriod(Instant since, @Nullable Instant until, @Nullable Instant disputedFrom, @Nullable Instant disputedTo) {

    static TagPeriod since(Instant since) {
        return new TagPeriod(since, null, null, null);
    }

    TagPeriod ended(Instant now) {
        return (this.until != null) ? this : new TagPeriod(this.since, now, this.disputedFrom, this.disputedTo);
    }

    /** What was sent meanwhile was perhaps delivered and perhaps not. */
    TagPeriod resumed(Instant now) {
        return (this.until == null) ? this
                : new TagPeriod(this.since, null, (this.disputedFrom != null) ? this.disputedFrom : this.until, now);
    }

    TagPeriod notBefore(Instant time) {
        return this.since.isBefore(time) ? new TagPeriod(time, this.until, this.disputedFrom, this.disputedTo) : this;
    }

    boolean isOpen() {
        return this.until == null;
    }

    boolean isDisputedAfter(Instant time) {
        return this.disputedTo != null && this.disputedTo.isAfter(time);
    }

    /** Times of two clocks are compared: near an end nothing is certain. */
    Expectation at(Instant time) {
        if (time.isBefore(this.since)) {
            return Expectation.NOT_EXPECTED;
        }
        if (this.until != null && time.isAfter(this.until.plus(GroupSubscription.REFRESH))) {
            return Expectation.NOT_EXPECTED;
        }
        boolean disputed = this.disputedFrom != null && this.disputedTo != null
                && time.isAfter(this.disputedFrom.minus(GroupSubscription.REFRESH))
                && time.isBefore(this.disputedTo.plus(GroupSubscription.REFRESH));
        return (this.until != null || disputed) ? Expectation.DOUBTFUL : Expectation.EXPECTED;
    }

}
