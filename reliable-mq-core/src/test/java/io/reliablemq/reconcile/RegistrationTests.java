package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Registration}, and for what follows from it for the verdicts on
 * messages that are acknowledged without a record. Times are minutes.
 */
class RegistrationTests {

    private static final int LATER = 1000;

    private GroupSubscription group = told("a", GroupHistory.NONE).registeredAt(at(0));

    @ParameterizedTest
    @CsvSource({ "a, a||b", "a, *", "a, ' b || a '", "*, *" })
    void aTagThatStaysIsExpectedSinceItsOwnTime(String before, String after) {
        this.group = told(before, GroupHistory.NONE).registeredAt(at(0));
        seen(before, 1, 9);
        seen(after, 10, LATER);
        assertThat(verdict("a", 5)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("a", 20)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void aTagThatComesLaterIsExpectedFromThenOn() {
        seen("a", 1, 9);
        seen("a||b", 10, LATER);
        assertThat(verdict("b", 9)).isEqualTo(Verdict.NOT_EXPECTED);
        assertThat(verdict("b", 10)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("c", 20)).isEqualTo(Verdict.NOT_EXPECTED);
        assertThat(verdict(null, 20)).isEqualTo(Verdict.NOT_EXPECTED);
    }

    @Test
    void whatCameWithAllTagsGoesOnComing() {
        this.group = told("*", GroupHistory.NONE).registeredAt(at(0));
        seen("*", 1, 9);
        seen("a", 10, LATER);
        assertThat(verdict("a", 5)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("b", 5)).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("b", 20)).isEqualTo(Verdict.NOT_EXPECTED);
    }

    @Test
    void aTagThatWentIsNeitherLostNorProvenAsFarAsItWasSubscribed() {
        seen("a||b", 10, 20);
        seen("a", 21, LATER);
        assertThat(verdict("b", 15)).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("b", 30)).isEqualTo(Verdict.NOT_EXPECTED);
    }

    @ParameterizedTest
    @ValueSource(strings = { "b", "a||b" })
    void instancesThatRegisterInTurnsAreNeitherExpectedNorProven(String other) {
        for (int minute = 10; minute < 40; minute++) {
            seen((minute % 2 == 0) ? "a||c" : other + "||c", minute, minute);
        }
        assertThat(this.group.isDisputed()).isTrue();
        assertThat(verdict("b", 25)).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdictAt(40, message("c", 25, 0, 5))).isEqualTo(Verdict.ACKED_NO_EFFECT);
        seen("a||b||c", 40, LATER);
        assertThat(this.group.isDisputed()).isFalse();
        assertThat(verdict("b", 25)).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("b", 50)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void aGroupThatWasBroadcastToIsExpectedFromItsChangeOn() {
        this.group = new GroupSubscription("default", "points", "orders", "a", "TAG", "BROADCASTING", false, false,
                at(0), at(0), Duration.ofDays(7))
            .registeredAt(at(0));
        assertThat(verdict("a", 5)).isEqualTo(Verdict.NOT_EXPECTED);
        seen("a", 10, LATER);
        assertThat(verdict("a", 5)).isEqualTo(Verdict.NOT_EXPECTED);
        assertThat(verdict("a", 15)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void whatIsSentAfterTheLastRegistrationIsNotKnown() {
        seen("a", 1, 99);
        seen("a", 100, GroupHistory.of("one", Map.of("b:0", 50L), false));
        assertThat(verdict("a", 50)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("a", 102)).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void withoutOffsetsNothingIsKnownOfAGroupThatRegistersNoMore() {
        seen("a", 1, 100);
        assertThat(verdictAt(101, message("a", 50, 0, 5))).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("a", 50)).as("a backlog of any age").isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("a", 101)).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void aBrokerThatDoesNotTellOffsetsLeavesThoseItToldBefore() {
        seen("a", 1, GroupHistory.of("one", Map.of("b:0", 50L, "c:0", 70L), false));
        seen("a", 2, GroupHistory.of("one", Map.of("b:0", 60L), false));
        assertThat(this.group.history().offsets()).isEqualTo(Map.of("b:0", 60L, "c:0", 70L));
    }

    @Test
    void whatIsSentAgainAfterTheLastRegistrationIsNotKnown() {
        seen("a", 1, 100);
        assertThat(verdict(new SentMessage(1, 1, at(50), "default", "orders", "a", SentState.SENT, at(50), null, "U",
                new QueuePosition("b", 0, 5), at(200))))
            .isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void whatWaitedIsNotKnownToBeConsumedUnderTheGuardSoonAfterTheLastRegistration() {
        seen("a", 1, 99);
        seen("a", 100, GroupHistory.of("one", Map.of("b:0", 50L), false));
        SentMessage consumed = message("a", 80, 0, 40);
        SentMessage waited = message("a", 80, 0, 60);
        assertThat(verdictAt(102, consumed)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdictAt(101, waited)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdictAt(102, waited)).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void withoutOffsetsAGapLeavesInDoubtWhatWasSentBeforeItsEnd() {
        seen("a", 1, 100);
        seen("a", 200, LATER);
        assertThat(verdict("a", 98)).as("a backlog of any age").isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("a", 150)).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("a", 202)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void withOffsetsAGapLeavesInDoubtWhatWasConsumedInIt() {
        seen("a", 1, 99);
        seen("a", 100, GroupHistory.of("one", Map.of("b:0", 50L, "b:1", 70L), false));
        seen("a", 200, GroupHistory.NONE);
        assertThat(verdict("a", 90, 0, 60)).as("not known yet").isEqualTo(Verdict.UNKNOWN);
        seen("a", 201, GroupHistory.of("two", Map.of("b:0", 60L, "b:1", 70L), false));
        seen("a", 202, LATER);
        assertThat(verdict("a", 90, 0, 49)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("a", 90, 0, 50)).as("a backlog consumed without the guard").isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("a", 150, 0, 59)).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("a", 150, 0, 60)).as("waited for the guard").isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("a", 150, 1, 70)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("a", 150, 2, 1)).as("a queue that nobody asked for").isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void aGapInWhichNobodyConsumedIsNone() {
        seen("a", 1, 99);
        seen("a", 100, GroupHistory.of("one", Map.of("b:0", 50L), false));
        seen("a", 200, GroupHistory.of("two", Map.of("b:0", 50L), false));
        seen("a", 201, LATER);
        assertThat(verdict("a", 150, 0, 55)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void whileOthersConsumeTooNothingIsKnown() {
        seen("a", 1, 99);
        seen("a", 100, GroupHistory.of("one", Map.of("b:0", 50L), false));
        for (int minute = 101; minute < 105; minute++) {
            seen("a", minute, GroupHistory.of("one", Map.of("b:0", 99L), true));
            assertThat(this.group.isGuarded(at(minute))).isFalse();
        }
        seen("a", 105, GroupHistory.of("one", Map.of("b:0", 90L), false));
        seen("a", 106, LATER);
        assertThat(verdict("a", 80, 0, 49)).isEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(verdict("a", 101, 0, 60)).isEqualTo(Verdict.UNKNOWN);
        assertThat(verdict("a", 104, 0, 90)).isEqualTo(Verdict.ACKED_NO_EFFECT);
    }

    @Test
    void manyGapsLeaveMoreInDoubtButNeverLess() {
        for (int gap = 0; gap < 50; gap++) {
            seen("a", gap * 10, GroupHistory.of("one", Map.of("b:0", gap * 10L), false));
            seen("a", gap * 10 + 5, GroupHistory.of("one", Map.of("b:0", gap * 10L + 5), false));
        }
        seen("a", 500, LATER);
        assertThat(this.group.history().gaps()).hasSizeLessThanOrEqualTo(11);
        for (int gap = 0; gap < 50; gap++) {
            assertThat(verdict("a", gap * 10 + 3, 0, gap * 10 + 2)).isEqualTo(Verdict.UNKNOWN);
        }
    }

    @Test
    void recordsThatWereDeletedAreNotThereWhenTheyAreKeptForLonger() {
        assertThat(this.group.history().recordsFrom()).isNull();
        this.group = this.group.renewed(new GroupSubscription("default", "points", "orders", "a", "TAG", "CLUSTERING",
                false, false, at(0), at(0), Duration.ofDays(20)), at(1));
        assertThat(this.group.history().recordsFrom()).isEqualTo(at(1).minus(Duration.ofDays(7)));
    }

    @Test
    void aClockThatIsSetBackChangesNothing() {
        seen("a", 1, 100);
        Instant last = this.group.lastSeen();
        seen("a", 50, GroupHistory.NONE);
        assertThat(this.group.lastSeen()).isEqualTo(last);
    }

    @Test
    void whatCannotBeReadIsKeptAndNotReplaced() {
        this.group = this.group.with(at(0), at(0), GroupHistory.parse("offsets nonsense"));
        assertThat(this.group.isGuarded(at(1))).isFalse();
        assertThat(verdictAt(1, message("a", 0, 0, 5))).isNotEqualTo(Verdict.ACKED_NO_EFFECT);
        assertThat(this.group.history()).hasToString("offsets nonsense");
        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> seen("a", 1, GroupHistory.NONE))
            .withMessageContaining("cannot be read");
    }

    @Test
    void isTheSameAfterItWasText() {
        seen("a", 100, GroupHistory.of("10.0.0.1@x y,=%", Map.of("b, =:0", 50L), false));
        seen("a ü||b \n c", 200, GroupHistory.of("two", Map.of("b, =:0", 70L), true));
        seen("b \n c", 201, GroupHistory.of("two", Map.of("b, =:0", 71L), false));
        String text = this.group.history().toString();
        assertThat(GroupHistory.parse(text)).hasToString(text).isEqualTo(this.group.history());
        assertThat(GroupHistory.parse(text).tags()).isEqualTo(this.group.history().tags());
        assertThat(GroupHistory.parse(text).gaps()).isEqualTo(this.group.history().gaps());
    }

    private void seen(String tags, int minute, GroupHistory history) {
        this.group = this.group.renewed(told(tags, history), at(minute));
    }

    private void seen(String tags, int from, int to) {
        for (int minute = from; minute <= to; minute++) {
            seen(tags, minute, GroupHistory.NONE);
        }
    }

    private Verdict verdict(@Nullable String tag, int sent) {
        return verdict(tag, sent, 0, 5);
    }

    private Verdict verdict(@Nullable String tag, int sent, int queue, long offset) {
        return verdict(message(tag, sent, queue, offset));
    }

    private static SentMessage message(@Nullable String tag, int sent, int queue, long offset) {
        return new SentMessage(1, 1, at(sent), "default", "orders", tag, SentState.SENT, at(sent), null, "U",
                new QueuePosition("b", queue, offset), null);
    }

    private Verdict verdict(SentMessage message) {
        return verdictAt(LATER, message);
    }

    private Verdict verdictAt(int now, SentMessage message) {
        return DecisionTable.decide(
                new Facts(message, this.group, null, Instant.EPOCH, at(now), Duration.ofMinutes(10)),
                () -> BrokerFinding.ACKNOWLEDGED);
    }

    private static GroupSubscription told(String tags, GroupHistory history) {
        return new GroupSubscription("default", "points", "orders", tags, "TAG", "CLUSTERING", false, false,
                Instant.EPOCH, Instant.EPOCH, Duration.ofDays(7), history);
    }

    private static Instant at(int minute) {
        return Fixture.NOW.plus(Duration.ofMinutes(minute));
    }

}
