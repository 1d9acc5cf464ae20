package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DecisionTable}: the rows, and that the first match wins.
 */
class DecisionTableTests {

    private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

    private static final Duration GRACE = Duration.ofMinutes(10);

    private static final Instant LONG_AGO = NOW.minus(Duration.ofHours(1));

    private static final Supplier<BrokerFinding> NOT_TO_BE_ASKED = () -> {
        throw new AssertionError("the broker is asked");
    };

    private SentState state = SentState.SENT;

    private Instant recordedAt = LONG_AGO;

    private @Nullable Instant sentAt = LONG_AGO;

    private @Nullable Instant deliverAt;

    private @Nullable Instant lastResentAt;

    private @Nullable String tag = "created";

    private String subscription = "*";

    private String filterType = "TAG";

    private String messageModel = "CLUSTERING";

    private Instant expectedFrom = Instant.EPOCH;

    private Instant knownSince = NOW.minus(Duration.ofDays(7));

    private @Nullable ConsumptionState recorded;

    @ParameterizedTest
    @CsvSource({ "DONE, OK", "DROPPED, DROPPED", "DISCARDED, DISCARDED", "PARKED, IN_DEAD_LETTER", "IN_RETRY, IN_RETRY",
            "CLAIMED, PENDING" })
    void believesTheRecord(ConsumptionState recorded, Verdict verdict) {
        this.recorded = recorded;
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(verdict);
    }

    @ParameterizedTest
    @EnumSource(value = ConsumptionState.class, mode = EnumSource.Mode.EXCLUDE, names = "UNCERTAIN")
    void believesTheRecordBeforeAllElse(ConsumptionState recorded) {
        this.recorded = recorded;
        Verdict verdict = decide(NOT_TO_BE_ASKED);
        this.state = SentState.NOT_SENT;
        this.sentAt = NOW;
        this.subscription = "other";
        this.expectedFrom = NOW;
        this.knownSince = NOW;
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(verdict);
    }

    /** Claimed by a lease that ran out: the effect may have happened. */
    @ParameterizedTest
    @CsvSource({ "ACKNOWLEDGED, UNCERTAIN", "EXPIRED, UNCERTAIN", "MISSING, UNCERTAIN", "UNREAD, STORED_UNCONSUMED",
            "COMING_AGAIN, IN_RETRY", "PARKED, IN_DEAD_LETTER", "UNANSWERED, UNKNOWN" })
    void callsUncertainWhatWouldBeSentAgain(BrokerFinding finding, Verdict verdict) {
        this.recorded = ConsumptionState.UNCERTAIN;
        assertThat(decide(() -> finding)).isEqualTo(verdict);
        assertThat(Verdict.UNCERTAIN.isLost()).isFalse();
        assertThat(Verdict.UNCERTAIN.isProven()).isFalse();
        this.sentAt = NOW;
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.PENDING);
    }

    @Test
    void provesNothingOfWhatReachedAGroupThatDoesNotExpectIt() {
        this.recorded = ConsumptionState.UNCERTAIN;
        this.subscription = "other";
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.UNCERTAIN);
    }

    @Test
    void doesNotKnowWhatMayBePurged() {
        this.knownSince = LONG_AGO.plusMillis(1);
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.UNKNOWN);
        this.knownSince = LONG_AGO;
        assertThat(decide(() -> BrokerFinding.ACKNOWLEDGED)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void waitsForTheGraceTimeAfterTheSend() {
        this.sentAt = NOW.minus(GRACE).plusMillis(1);
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.PENDING);
        this.sentAt = NOW.minus(GRACE);
        assertThat(decide(() -> BrokerFinding.MISSING)).isEqualTo(Verdict.SENT_LOST);
    }

    @Test
    void waitsForTheGraceTimeAfterADelay() {
        this.deliverAt = NOW.minus(GRACE).plusMillis(1);
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.PENDING);
        this.deliverAt = NOW.minus(GRACE);
        assertThat(decide(() -> BrokerFinding.MISSING)).isEqualTo(Verdict.SENT_LOST);
    }

    @Test
    void waitsForTheGraceTimeAfterACompensation() {
        this.lastResentAt = NOW.minus(GRACE).plusMillis(1);
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.PENDING);
        this.lastResentAt = NOW.minus(GRACE);
        assertThat(decide(() -> BrokerFinding.ACKNOWLEDGED)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void isNotSent() {
        this.state = SentState.NOT_SENT;
        this.sentAt = null;
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.NOT_SENT);
        this.subscription = "other";
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.NOT_SENT);
        this.recordedAt = NOW;
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.PENDING);
    }

    @Test
    void isDiscardedBeforeItWasSent() {
        this.state = SentState.DISCARDED;
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.DISCARDED);
        this.recorded = ConsumptionState.DONE;
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.OK);
    }

    @ParameterizedTest
    @CsvSource(nullValues = "none", textBlock = """
            created | *                   | ACKED_NO_EFFECT
            none    | *                   | ACKED_NO_EFFECT
            created | created             | ACKED_NO_EFFECT
            created | paid || created     | ACKED_NO_EFFECT
            created | paid||created||sent | ACKED_NO_EFFECT
            created | paid                | NOT_EXPECTED
            created | Created             | NOT_EXPECTED
            created | create              | NOT_EXPECTED
            none    | created             | NOT_EXPECTED
            """, delimiterString = " | ")
    void isExpectedByItsTag(@Nullable String tag, String subscription, Verdict verdict) {
        this.tag = tag;
        this.subscription = subscription.strip();
        assertThat(decide(() -> BrokerFinding.ACKNOWLEDGED)).isEqualTo(verdict);
    }

    @Test
    void isNotExpectedBeforeTheGroupWasBorn() {
        this.expectedFrom = LONG_AGO.plusMillis(1);
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.NOT_EXPECTED);
        this.expectedFrom = LONG_AGO;
        assertThat(decide(() -> BrokerFinding.ACKNOWLEDGED)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void isNeverExpectedByBroadcastingOrSqlGroups() {
        this.messageModel = "BROADCASTING";
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.NOT_EXPECTED);
        this.messageModel = "CLUSTERING";
        this.filterType = "SQL92";
        assertThat(decide(NOT_TO_BE_ASKED)).isEqualTo(Verdict.NOT_EXPECTED);
    }

    @ParameterizedTest
    @CsvSource({ "UNANSWERED, UNKNOWN", "PARKED, IN_DEAD_LETTER", "COMING_AGAIN, IN_RETRY", "EXPIRED, EXPIRED",
            "MISSING, SENT_LOST", "UNREAD, STORED_UNCONSUMED", "ACKNOWLEDGED, ACKED_NO_EFFECT" })
    void asksTheBrokerLast(BrokerFinding finding, Verdict verdict) {
        assertThat(decide(() -> finding)).isEqualTo(verdict);
    }

    @Test
    void doesNotMissWhatNobodyWasPromised() {
        this.state = SentState.UNCERTAIN;
        assertThat(decide(() -> BrokerFinding.MISSING)).isEqualTo(Verdict.NOT_EXPECTED);
        assertThat(decide(() -> BrokerFinding.ACKNOWLEDGED)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void sendsOnlyThreeVerdictsAgain() {
        assertThat(Verdict.values()).filteredOn(Verdict::isLost)
            .containsExactlyInAnyOrder(Verdict.EXPIRED, Verdict.SENT_LOST, Verdict.ACKED_NO_EFFECT);
        assertThat(Verdict.values()).filteredOn(Verdict::isProven)
            .containsExactlyInAnyOrder(Verdict.OK, Verdict.DROPPED, Verdict.DISCARDED, Verdict.IN_DEAD_LETTER,
                    Verdict.NOT_EXPECTED);
    }

    private Verdict decide(Supplier<BrokerFinding> broker) {
        SentMessage message = new SentMessage(1, 1, this.recordedAt, "default", "orders", this.tag, this.state,
                this.sentAt, this.deliverAt, "U1", new QueuePosition("b", 0, 7), this.lastResentAt);
        GroupSubscription group = new GroupSubscription("default", "points", "orders", this.subscription,
                this.filterType, this.messageModel, false, false, this.expectedFrom, NOW, Duration.ofDays(7));
        return DecisionTable.decide(new Facts(message, group, this.recorded, this.knownSince, NOW, GRACE), broker);
    }

}
