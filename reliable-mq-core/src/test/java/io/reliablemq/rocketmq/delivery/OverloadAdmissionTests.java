package io.reliablemq.rocketmq.delivery;

import java.time.Duration;

import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.listener.OverloadAction;
import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.FakeBroker;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import org.apache.rocketmq.common.message.MessageAccessor;
import org.apache.rocketmq.common.message.MessageConst;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

class OverloadAdmissionTests {

    private static final Duration RETRY = Duration.ofSeconds(10);

    private static final RecordKey KEY = RecordKey.ofMessageId("g", 42);

    private final FakeBroker broker = new FakeBroker();

    private final MessageExt message = Messages.withId(42);

    private final Deferral deferral = new Deferral(this.broker.publisher("g"), DelayLevels.parse(DelayLevels.DEFAULT),
            Duration.ofSeconds(30));

    private ParkingResult dropped = ParkingResult.PARKED;

    private RuntimeException failure;

    private OverloadAction action = OverloadAction.DEFERRED;

    @ParameterizedTest
    @EnumSource(names = { "NONE", "PAUSED", "SLOWED" })
    void letsEverythingPassThatIsNotToBeLeftOut(OverloadAction other) {
        this.action = other;

        assertThat(admit()).isNull();
        assertThat(this.broker.stored).isEmpty();
    }

    @Test
    void defersByADelayedCopyOnTheGroupsOwnRetryTopic() {
        assertThat(admit()).isEqualTo(DeliveryResult.acknowledge(Outcome.DEFERRED));

        assertThat(this.broker.topics()).containsExactly("%RETRY%g");
        assertThat(this.broker.stored.get(0).properties()).containsEntry(ReliableHeaders.ID, "42")
            .containsEntry(MessageConst.PROPERTY_UNIQ_CLIENT_MESSAGE_ID_KEYIDX, "7F00A")
            .containsEntry(MessageConst.PROPERTY_RETRY_TOPIC, "orders")
            .containsEntry(MessageConst.PROPERTY_DELAY_TIME_LEVEL, "4")
            .containsEntry(ReliableHeaders.DEFERRALS, "1");
    }

    @Test
    void usesUpNoRetry() {
        this.message.setReconsumeTimes(20);

        admit();

        assertThat(this.broker.topics()).as("not parked by the broker").containsExactly("%RETRY%g");
        assertThat(this.broker.stored.get(0).properties()).containsEntry(MessageConst.PROPERTY_RECONSUME_TIME, "20");
    }

    @ParameterizedTest
    @CsvSource({ "0, 4", "1, 5", "2, 6", "3, 8", "4, 12", "999, 12" })
    void waitsLongerEachTimeUpToABound(int before, String level) {
        MessageAccessor.putProperty(this.message, ReliableHeaders.DEFERRALS, String.valueOf(before));

        admit();

        assertThat(this.broker.stored.get(0).properties()).containsEntry(MessageConst.PROPERTY_DELAY_TIME_LEVEL, level);
    }

    @Test
    void acknowledgesNothingBeforeTheCopyIsConfirmed() {
        this.broker.failAttempts(100);

        assertThat(admit()).isEqualTo(DeliveryResult.again(Outcome.FAILED, RETRY));
    }

    @Test
    void copiesTheSameAgainAfterACrashBeforeTheAcknowledgement() {
        admit();
        admit();

        assertThat(this.broker.stored).hasSize(2)
            .allSatisfy((copy) -> assertThat(copy.properties()).containsEntry(ReliableHeaders.ID, "42"));
    }

    @ParameterizedTest
    @EnumSource(names = { "DEFERRED", "DROPPED" })
    void letsAReplayPass(OverloadAction any) {
        this.action = any;
        MessageAccessor.putProperty(this.message, ReliableHeaders.LETTER_ID, "7");

        assertThat(admit()).isNull();
    }

    @ParameterizedTest
    @CsvSource({ "PARKED, DROPPED", "ALREADY_DONE, DUPLICATE" })
    void acknowledgesWhatIsRecorded(ParkingResult result, Outcome outcome) {
        this.action = OverloadAction.DROPPED;
        this.dropped = result;

        assertThat(admit()).isEqualTo(DeliveryResult.acknowledge(outcome));
        assertThat(this.broker.stored).isEmpty();
    }

    @Test
    void waitsForWhoeverProcessesTheMessage() {
        this.action = OverloadAction.DROPPED;
        this.dropped = ParkingResult.IN_PROGRESS;

        assertThat(admit()).isEqualTo(DeliveryResult.again(Outcome.IN_PROGRESS, RETRY));
    }

    @Test
    void dropsNothingThatIsNotRecorded() {
        this.action = OverloadAction.DROPPED;
        this.failure = new ParkingFailedException("no", null);

        assertThat(admit()).isEqualTo(DeliveryResult.again(Outcome.FAILED, RETRY));
    }

    private DeliveryResult admit() {
        return new OverloadAdmission(() -> this.action, this.deferral, (message, key) -> {
            if (this.failure != null) {
                throw this.failure;
            }
            return this.dropped;
        }, RETRY).admit(this.message, KEY);
    }

}
