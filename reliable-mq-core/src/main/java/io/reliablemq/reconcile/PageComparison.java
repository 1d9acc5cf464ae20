package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * Compares one page of the ledger with the records of one group.
 */
final class PageComparison {

    private final GroupTally tally;

    private final Instant knownSince;

    private final Instant now;

    private final Duration grace;

    private final BrokerSearch search;

    PageComparison(GroupTally tally, Instant knownSince, Instant now, Duration grace, BrokerSearch search) {
        this.tally = tally;
        this.knownSince = knownSince;
        this.now = now;
        this.grace = grace;
        this.search = search;
    }

    /** Counts the verdicts and returns what is lost. */
    List<Compensation.Loss> compare(List<SentMessage> page) {
        List<SentMessage> mine = page.stream().filter((message) -> this.tally.subscriptionTo(message) != null).toList();
        Map<MessageId, ConsumptionState> states = records(mine);
        if (states == null) {
            mine.forEach((message) -> this.tally.count(message, Verdict.UNKNOWN));
            return List.of();
        }
        List<Facts> open = new ArrayList<>();
        for (SentMessage message : mine) {
            Facts facts = facts(message, states.get(message.messageId()));
            Verdict verdict = DecisionTable.withoutBroker(facts);
            if (verdict != null) {
                this.tally.count(message, verdict);
            }
            else {
                open.add(facts);
            }
        }
        return open.isEmpty() ? List.of() : decide(open);
    }

    private List<Compensation.Loss> decide(List<Facts> open) {
        this.search.locate(open.stream().map(Facts::message).toList());
        List<Compensation.Loss> suspects = new ArrayList<>();
        for (Facts facts : open) {
            Verdict verdict = DecisionTable.decide(facts, () -> this.search.find(facts.message(), facts.group()));
            if (verdict.isLost()) {
                suspects.add(new Compensation.Loss(facts.message(), facts.group(), this.tally, verdict));
            }
            else {
                this.tally.count(facts.message(), verdict);
            }
        }
        return suspects.isEmpty() ? List.of() : confirm(suspects);
    }

    /**
     * A group that consumed a message after its records were read has acknowledged it by
     * the time the broker was asked, but then its record is there now.
     */
    private List<Compensation.Loss> confirm(List<Compensation.Loss> suspects) {
        Map<MessageId, ConsumptionState> states = records(suspects.stream().map(Compensation.Loss::message).toList());
        List<Compensation.Loss> losses = new ArrayList<>();
        for (Compensation.Loss suspect : suspects) {
            SentMessage message = suspect.message();
            Verdict verdict = Verdict.UNKNOWN;
            if (states != null) {
                Facts facts = facts(message, states.get(message.messageId()));
                Verdict recorded = DecisionTable.withoutBroker(facts);
                verdict = (recorded != null) ? recorded : DecisionTable.confirmed(facts, suspect.verdict());
            }
            this.tally.count(message, verdict);
            if (verdict.isLost()) {
                losses.add(suspect);
            }
        }
        return losses;
    }

    private Facts facts(SentMessage message, @Nullable ConsumptionState state) {
        GroupSubscription subscription = this.tally.subscriptionTo(message);
        if (subscription == null) {
            throw new IllegalStateException("not subscribed");
        }
        return new Facts(message, subscription, state, this.knownSince, this.now, this.grace);
    }

    /** {@code null} if they cannot be read. */
    private @Nullable Map<MessageId, ConsumptionState> records(List<SentMessage> messages) {
        if (!this.tally.isReadable()) {
            return null;
        }
        if (messages.isEmpty()) {
            return Map.of();
        }
        try {
            return this.tally.records()
                .find(this.tally.group(), messages.stream().map(SentMessage::messageId).sorted().distinct().toList());
        }
        catch (ReliableMQException ex) {
            this.tally.unreadable(String.valueOf(ex.getMessage()));
            return null;
        }
    }

}
