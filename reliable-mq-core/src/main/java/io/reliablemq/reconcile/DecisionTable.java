package io.reliablemq.reconcile;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * The verdict on one message in one group. The first row that matches wins; the broker is
 * asked only when no row without it does. What the group may have consumed without its
 * guard is never called lost.
 */
final class DecisionTable {

    private DecisionTable() {
    }

    static Verdict decide(Facts facts, Supplier<BrokerFinding> broker) {
        Verdict verdict = withoutBroker(facts);
        if (verdict != null) {
            return verdict;
        }
        Verdict found = withBroker(facts, broker.get());
        return found.isLost() ? confirmed(facts, found) : found;
    }

    /** A loss, unless the group may have had the message without a record. */
    static Verdict confirmed(Facts facts, Verdict lost) {
        if (facts.recorded() == ConsumptionState.UNCERTAIN) {
            // It was being processed: to send it again might repeat the effect.
            return Verdict.UNCERTAIN;
        }
        return (facts.expectation() == Expectation.DOUBTFUL) ? Verdict.UNKNOWN : lost;
    }

    /** {@code null} if the broker must be asked. */
    static @Nullable Verdict withoutBroker(Facts facts) {
        Verdict recorded = recorded(facts);
        if (recorded != null) {
            return recorded;
        }
        if (facts.isTooOld()) {
            return Verdict.UNKNOWN;
        }
        if (facts.isTooYoung()) {
            return Verdict.PENDING;
        }
        if (facts.message().state() == SentState.NOT_SENT) {
            return Verdict.NOT_SENT;
        }
        return switch (facts.expectation()) {
            // Not expected, but it did reach the group.
            case NOT_EXPECTED ->
                (facts.recorded() == ConsumptionState.UNCERTAIN) ? Verdict.UNCERTAIN : Verdict.NOT_EXPECTED;
            case UNREGISTERED -> Verdict.UNKNOWN;
            case EXPECTED, DOUBTFUL -> null;
        };
    }

    private static @Nullable Verdict recorded(Facts facts) {
        ConsumptionState state = facts.recorded();
        if (facts.message().state() == SentState.DISCARDED && (state == null || !state.isFinal())) {
            return Verdict.DISCARDED;
        }
        if (state == null) {
            return null;
        }
        return switch (state) {
            case DONE -> Verdict.OK;
            case DROPPED -> Verdict.DROPPED;
            case DISCARDED -> Verdict.DISCARDED;
            case PARKED -> Verdict.IN_DEAD_LETTER;
            case IN_RETRY -> Verdict.IN_RETRY;
            case CLAIMED -> Verdict.PENDING;
            case UNCERTAIN -> null;
        };
    }

    private static Verdict withBroker(Facts facts, BrokerFinding finding) {
        return switch (finding) {
            case UNANSWERED -> Verdict.UNKNOWN;
            case ACKNOWLEDGED_BY_SOMEONE ->
                (facts.recorded() == ConsumptionState.UNCERTAIN) ? Verdict.UNCERTAIN : Verdict.UNKNOWN;
            case PARKED -> Verdict.IN_DEAD_LETTER;
            case COMING_AGAIN -> Verdict.IN_RETRY;
            case EXPIRED -> Verdict.EXPIRED;
            // Whoever sent it was told that it may not have been sent.
            case MISSING -> (facts.message().state() == SentState.UNCERTAIN) ? Verdict.NOT_EXPECTED : Verdict.SENT_LOST;
            case UNREAD -> Verdict.STORED_UNCONSUMED;
            case ACKNOWLEDGED -> Verdict.ACKED_NO_EFFECT;
        };
    }

}
