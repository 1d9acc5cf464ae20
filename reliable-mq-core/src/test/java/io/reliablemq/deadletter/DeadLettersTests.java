package io.reliablemq.deadletter;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.LongStream;

import io.reliablemq.ReliableMQException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.contains;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.BDDMockito.then;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;

class DeadLettersTests {

    private static final ReplayOptions FAST = ReplayOptions.defaults().withPerSecond(1e9).withBy("joe");

    private static final Duration TIMEOUT = Duration.ofHours(1);

    private final DeadLetterStore store = mock(DeadLetterStore.class);

    private final FakeTransport transport = new FakeTransport();

    private final DeadLetters letters = new DeadLetters(
            new DeadLetterService(this.store, (group) -> Optional.empty(), Duration.ofDays(7)), this.transport,
            DeadLetterOptions.of(Duration.ofDays(30), TIMEOUT));

    @BeforeEach
    void holdLetters() {
        given(this.store.find(any(), anyLong(), anyInt())).willAnswer((call) -> {
            long after = call.getArgument(1);
            int limit = call.getArgument(2);
            return LongStream.rangeClosed(after + 1, Math.min(250, after + limit))
                .mapToObj((id) -> Letters.letter(id, DeadLetterStatus.PARKED))
                .toList();
        });
        given(this.store.claim(anyLong(), any(), any(), any(), any())).willAnswer((call) -> {
            DeadLetter letter = Letters.letter(call.getArgument(0), DeadLetterStatus.REPLAYING);
            return new ReplayClaim.Granted(Letters.details(letter));
        });
        given(this.store.takeBack(anyLong(), anyLong(), any(), any(), any()))
            .willReturn(Optional.of(DeadLetterStatus.PARKED));
    }

    @Test
    void replaysTheFirstLettersInOrder() {
        ReplayReport report = this.letters.replay(DeadLetterFilter.all(), FAST.withLimit(120));
        assertThat(report.sent()).isEqualTo(120);
        assertThat(report.complete()).isTrue();
        assertThat(this.transport.sent).isEqualTo(LongStream.rangeClosed(1, 120).boxed().toList());
        then(this.store).should().claim(eq(1L), any(), eq("joe"), any(), eq(RecordPlace.WITH_LETTERS));
        then(this.store).should().sent(120, 1, TIMEOUT);
        then(this.store).should(never()).claim(eq(121L), any(), any(), any(), any());
    }

    @Test
    void replaysAllThereAre() {
        assertThat(this.letters.replay(DeadLetterFilter.all(), FAST.withLimit(10_000)).sent()).isEqualTo(250);
    }

    @Test
    void sendsNothingForALetterThatSomebodyElseReplays() {
        given(this.store.claim(eq(2L), any(), any(), any(), any()))
            .willReturn(new ReplayClaim.Refused(DeadLetterStatus.REPLAYING));
        ReplayReport report = this.letters.replay(DeadLetterFilter.all(), FAST.withLimit(3));
        assertThat(report.sent()).isEqualTo(2);
        assertThat(report.skipped()).isOne();
        assertThat(this.transport.sent).containsExactly(1L, 3L);
    }

    @Test
    void takesBackWhatWasNotSentAndGoesOn() {
        this.transport.failing = Set.of(2L);
        ReplayReport report = this.letters.replay(DeadLetterFilter.all(), FAST.withLimit(5));
        assertThat(report.sent()).isEqualTo(4);
        assertThat(report.failed()).containsOnlyKeys(2L);
        assertThat(report.complete()).isTrue();
        then(this.store).should()
            .takeBack(eq(2L), eq(1L), contains("no broker"), eq(TIMEOUT), eq(RecordPlace.WITH_LETTERS));
    }

    @Test
    void endsAfterThreeFailuresInARow() {
        this.transport.failing = Set.of(2L, 3L, 4L);
        ReplayReport report = this.letters.replay(DeadLetterFilter.all(), FAST.withLimit(100));
        assertThat(report.sent()).isOne();
        assertThat(report.failed()).containsOnlyKeys(2L, 3L, 4L);
        assertThat(report.complete()).isFalse();
    }

    @Test
    void keepsTheRate() {
        long start = System.nanoTime();
        this.letters.replay(DeadLetterFilter.all(), FAST.withLimit(6).withPerSecond(50));
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
    }

    @Test
    void stopsWhenItIsInterrupted() {
        Thread.currentThread().interrupt();
        ReplayReport report = this.letters.replay(DeadLetterFilter.all(), FAST);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(report).isEqualTo(new ReplayReport(0, 0, Map.of(), false));
    }

    @Test
    void wantsAReasonForADiscard() {
        assertThatIllegalArgumentException().isThrownBy(() -> this.letters.discard(1, " ", null));
        assertThatIllegalArgumentException().isThrownBy(() -> FAST.withPerSecond(0));
        assertThatIllegalArgumentException().isThrownBy(() -> FAST.withLimit(0));
    }

    private static final class FakeTransport implements DeadLetterTransport {

        private final List<Long> sent = new ArrayList<>();

        private Set<Long> failing = Set.of();

        @Override
        public Set<String> groups() {
            return Set.of("g");
        }

        @Override
        public void redeliver(DeadLetterDetails details) {
            if (this.failing.contains(details.letter().id())) {
                throw new ReliableMQException("no broker");
            }
            this.sent.add(details.letter().id());
        }

        @Override
        public DrainReport drain(String group, int limit, Function<Parking, ParkingResult> sink) {
            throw new UnsupportedOperationException();
        }

    }

}
