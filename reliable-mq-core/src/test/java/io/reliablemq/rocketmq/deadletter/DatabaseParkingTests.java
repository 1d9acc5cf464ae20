package io.reliablemq.rocketmq.deadletter;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import io.reliablemq.deadletter.DeadLetterService;
import io.reliablemq.deadletter.DeadLetterStore;
import io.reliablemq.deadletter.DeadLetterStoreException;
import io.reliablemq.deadletter.Parking;
import io.reliablemq.deadletter.ParkingReason;
import io.reliablemq.deadletter.ParkingResult;
import io.reliablemq.deadletter.UnstorableLetterException;
import io.reliablemq.idempotency.RecordKey;
import io.reliablemq.retry.RetryPolicy;
import io.reliablemq.rocketmq.FakeBroker;
import io.reliablemq.rocketmq.Messages;
import io.reliablemq.rocketmq.delivery.DeliveryResult;
import io.reliablemq.rocketmq.delivery.DeliveryResult.Outcome;
import io.reliablemq.rocketmq.delivery.FailureHandling;
import io.reliablemq.rocketmq.delivery.KeyReader;
import io.reliablemq.rocketmq.delivery.ParkingFailedException;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.ArgumentCaptor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.atLeast;
import static org.mockito.Mockito.mock;

/**
 * Parking ends, in the first place that takes the message.
 */
class DatabaseParkingTests {

    private final FakeBroker broker = new FakeBroker();

    private final DeadLetterStore store = mock(DeadLetterStore.class);

    private final DeadLetterService letters = new DeadLetterService(this.store, (group) -> Optional.empty(),
            Duration.ofDays(7));

    private final MessageExt message = Messages.withId(42);

    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void storesTheWholeMessage(boolean both) {
        storeTakes(true, true);
        assertThat(park(place(both))).isEqualTo(ParkingResult.PARKED);
        assertThat(this.broker.stored).hasSize(both ? 1 : 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void keepsAtTheBrokerWhatTheDatabaseNeverTakes(boolean both) {
        storeTakes(false, true);
        assertThat(park(place(both))).isEqualTo(ParkingResult.PARKED);
        assertThat(this.broker.topics()).containsExactly("%DLQ%g");
        ArgumentCaptor<Parking> stored = ArgumentCaptor.forClass(Parking.class);
        then(this.store).should(atLeast(1)).park(stored.capture(), any(), any());
        assertThat(stored.getValue().message().cluster()).as("the listener's own").isEqualTo("second");
        assertThat(stored.getValue().missing()).startsWith("too large").contains("%DLQ%g");
        assertThat(stored.getValue().key()).isEqualTo(RecordKey.ofMessageId("g", 42));
    }

    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void parksAtTheBrokerOnlyIfTheDatabaseTakesNoLetter(boolean both) {
        storeTakes(false, false);
        assertThat(park(place(both))).isEqualTo(ParkingResult.PARKED);
        assertThat(this.broker.topics()).containsExactly("%DLQ%g");
    }

    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void leavesNoCopiesBehindWhileTheDatabaseIsAway(boolean both) {
        given(this.store.park(any(), any())).willThrow(new DeadLetterStoreException("away", null));
        given(this.store.park(any(), any(), any())).willThrow(new DeadLetterStoreException("away", null));
        for (int i = 0; i < 5; i++) {
            assertThatExceptionOfType(ParkingFailedException.class).isThrownBy(() -> park(place(both)));
        }
        assertThat(this.broker.stored).isEmpty();
    }

    @Test
    void storesNothingThatTheBrokerHasNot() {
        storeTakes(false, true);
        this.broker.failAttempts(100);
        assertThatExceptionOfType(ParkingFailedException.class).isThrownBy(() -> park(place(false)));
    }

    @ParameterizedTest
    @ValueSource(strings = { "u", "\u00e4", "\ud83d\ude00", "\0", "\ud800" })
    void findsAnIdentityForAUniqKeyThatIsNone(String part) {
        storeTakes(true, true);
        MessageExt foreign = Messages.message("text");
        foreign.setMsgId(part.repeat(300));
        RecordKey key = new KeyReader("g", null).fallback(foreign);
        assertThat(key.identity()).hasSizeLessThan(100).startsWith("u:sha256:");
        assertThat(new KeyReader("g", null).fallback(foreign)).isEqualTo(key);
        foreign.setMsgId(part.repeat(300) + "2");
        assertThat(new KeyReader("g", null).fallback(foreign)).isNotEqualTo(key);
        assertThat(place(false).park(foreign, null, ParkingReason.UNREADABLE, 1, new IllegalStateException()))
            .isEqualTo(ParkingResult.PARKED);
    }

    @ParameterizedTest
    @MethodSource
    void parksWhateverTheListenerThrows(Throwable thrown) {
        storeTakes(true, true);
        FailureHandling failures = new FailureHandling(new RetryPolicy(1, List.of(Duration.ofSeconds(1)), List.of()),
                null, place(true), () -> false);
        assertThat(failures.listenerFailed(this.message, RecordKey.ofMessageId("g", 42), thrown))
            .isEqualTo(DeliveryResult.acknowledge(Outcome.PARKED));
        FailureHandling twice = new FailureHandling(new RetryPolicy(2, List.of(Duration.ofSeconds(1)), List.of()), null,
                place(true), () -> false);
        assertThat(twice.listenerFailed(this.message, RecordKey.ofMessageId("g", 42), thrown).outcome())
            .isEqualTo(Outcome.FAILED);
    }

    static Stream<Throwable> parksWhateverTheListenerThrows() {
        IllegalStateException circular = new IllegalStateException("one");
        circular.initCause(new IllegalStateException("two", circular));
        Throwable deep = new IllegalStateException("deepest");
        for (int i = 0; i < 20_000; i++) {
            deep = new IllegalStateException("deep", deep);
        }
        return Stream.of(new Speechless(), new IllegalStateException("outer", new Speechless()), new Traceless(),
                new IllegalStateException("a\0b\ud800" + "x".repeat(1_000_000)), circular, deep,
                new StackOverflowError(), new IllegalStateException((String) null));
    }

    @Test
    void comesAgainIfParkingFailsUnexpectedly() {
        given(this.store.park(any(), any())).willThrow(new NoClassDefFoundError("driver"));
        FailureHandling failures = new FailureHandling(new RetryPolicy(1, List.of(Duration.ofSeconds(1)), List.of()),
                null, place(false), () -> false);
        assertThat(failures.unreadable(this.message, null, new IllegalStateException()))
            .isEqualTo(DeliveryResult.again(Outcome.FAILED, Duration.ofSeconds(1)));
    }

    private void storeTakes(boolean payload, boolean letter) {
        given(this.store.park(any(), any())).willAnswer((call) -> park(call.getArgument(0), () -> {
        }, payload, letter));
        given(this.store.park(any(), any(), any()))
            .willAnswer((call) -> park(call.getArgument(0), call.getArgument(2), payload, letter));
    }

    private static ParkingResult park(Parking parking, Runnable beforeCommit, boolean payload, boolean letter) {
        if ((parking.missing() == null) ? !payload : !letter) {
            throw new UnstorableLetterException("too large", null);
        }
        beforeCommit.run();
        return ParkingResult.PARKED;
    }

    private DatabaseParking place(boolean both) {
        return new DatabaseParking(() -> "second", new KeyReader("g", null), this.letters,
                new DeadLetterPublisher("g", this.broker.publisher("g")), both);
    }

    private ParkingResult park(DatabaseParking place) {
        return place.park(this.message, RecordKey.ofMessageId("g", 42), ParkingReason.EXHAUSTED, 3,
                new IllegalStateException());
    }

    /** Its text throws. */
    private static final class Speechless extends RuntimeException {

        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new UnsupportedOperationException("no text");
        }

    }

    /** Its stack trace throws. */
    private static final class Traceless extends RuntimeException {

        private static final long serialVersionUID = 1L;

        @Override
        public void printStackTrace(PrintWriter writer) {
            throw new StackOverflowError();
        }

    }

}
