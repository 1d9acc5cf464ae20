package io.reliablemq.id;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class SnowflakeIdGeneratorTests {

    private static final Duration WAIT = Duration.ofMillis(10);

    private final MutableClock clock = new MutableClock();

    private final SnowflakeIdGenerator generator = SnowflakeIdGenerator.fixed(5, this.clock, WAIT);

    @Test
    void laysOutTimestampWorkerAndSequence() {
        long expected = ((MutableClock.START - Instant.parse("2024-01-01T00:00:00Z").toEpochMilli()) << 22)
                | (5L << 12);
        long first = this.generator.nextId();
        assertThat(first & ~4095L).isEqualTo(expected);
        assertThat(this.generator.nextId()).isEqualTo(first + 1);
        assertThat(SnowflakeIdGenerator.timestampOf(first)).isEqualTo(this.clock.instant());
        assertThat(SnowflakeIdGenerator.workerIdOf(first)).isEqualTo(5);
        assertThat(SnowflakeIdGenerator.smallestIdAt(this.clock.instant())).isEqualTo(expected - (5L << 12));
    }

    @Test
    void startsASequenceAnywhereInTheLowerHalfOfEachMillisecond() {
        List<Long> starts = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            starts.add(this.generator.nextIds(3)[0] & 4095);
            this.clock.add(1);
        }
        assertThat(starts).allMatch((start) -> start < 2048);
        assertThat(starts.stream().filter((start) -> start < 1024).count()).isBetween(300L, 700L);
        assertThat(starts.stream().distinct().count()).isGreaterThan(600);
    }

    @Test
    void losesNoPlaceUnderLoad() {
        List<Long> used = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            long start = this.generator.nextId();
            int rest = 4095 - (int) (start & 4095);
            assertThat(this.generator.nextIds(rest)).hasSize(rest);
            used.add(rest + 1L);
            this.clock.add(1);
        }
        assertThat(used.get(0)).isGreaterThan(2048);
        assertThat(used.subList(1, 5)).containsOnly(4096L);
    }

    @Test
    void ofTwoThatShareAWorkerIdAgainstTheRulesFewIdsMeet() {
        SnowflakeIdGenerator other = SnowflakeIdGenerator.fixed(5, this.clock, WAIT);
        int met = 0;
        for (int i = 0; i < 2000; i++) {
            met += (this.generator.nextId() == other.nextId()) ? 1 : 0;
            this.clock.add(1);
        }
        assertThat(met).isLessThan(20);
    }

    @Test
    void hasTheSpaceThatItWasGiven() {
        assertThat(this.generator.space()).isNull();
        assertThat(SnowflakeIdGenerator.fixed(5, this.clock, WAIT, "orders-1").space()).isEqualTo("orders-1");
        assertThatIllegalArgumentException()
            .isThrownBy(() -> SnowflakeIdGenerator.fixed(5, this.clock, WAIT, "Orders_1"))
            .withMessageContaining("a to z");
    }

    @Test
    void givesEachIdOnceToTwoThreads() {
        SnowflakeIdGenerator generator = SnowflakeIdGenerator.fixed(1, Clock.systemUTC(), Duration.ofSeconds(10));
        long[] ids = IntStream.range(0, 2).mapToObj((thread) -> CompletableFuture.supplyAsync(() -> {
            long[] drawn = new long[1_000_000];
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = generator.nextId();
            }
            assertStrictlyIncreasing(drawn);
            return drawn;
        })).toList().stream().flatMapToLong((future) -> LongStream.of(future.join())).toArray();
        Arrays.sort(ids);
        assertThat(ids).hasSize(2_000_000);
        assertStrictlyIncreasing(ids);
    }

    @Test
    void drawsManyIdsInOneGo() {
        assertThat(this.generator.nextIds(0)).isEmpty();
        long first = this.generator.nextId();
        assertThat(this.generator.nextIds(100))
            .containsExactly(LongStream.rangeClosed(first + 1, first + 100).toArray());
        assertThat(this.generator.nextId()).isEqualTo(first + 101);
    }

    @Test
    void drawsMoreIdsThanAMillisecondHas() {
        SnowflakeIdGenerator generator = SnowflakeIdGenerator.fixed(1, Clock.systemUTC(), Duration.ofSeconds(10));
        long[] ids = generator.nextIds(10_000);
        assertStrictlyIncreasing(ids);
        assertThat(SnowflakeIdGenerator.timestampOf(ids[9_999]))
            .isAfterOrEqualTo(SnowflakeIdGenerator.timestampOf(ids[0]).plusMillis(2));
    }

    @Test
    void waitsForTheNextMillisecondWhenTheSequenceIsUsedUp() {
        long first = this.generator.nextId();
        long[] rest = this.generator.nextIds(4095 - (int) (first & 4095));
        assertThat(SnowflakeIdGenerator.timestampOf(rest[rest.length - 1])).isEqualTo(this.clock.instant());
        this.clock.tick(1);
        assertThat(SnowflakeIdGenerator.timestampOf(this.generator.nextId()).toEpochMilli())
            .isGreaterThan(MutableClock.START)
            .isLessThan(this.clock.millis());
    }

    @Test
    void waitsOutAClockSetBackWithinTheBound() {
        long before = this.generator.nextId();
        this.clock.add(-10);
        this.clock.tick(1);
        long next = this.generator.nextId();
        assertThat(next).isGreaterThan(before);
        assertThat(SnowflakeIdGenerator.timestampOf(next).toEpochMilli()).isLessThan(this.clock.millis());
    }

    @Test
    void failsWhenTheClockIsSetBackBeyondTheBound() {
        long before = this.generator.nextId();
        this.clock.add(-11);
        assertThatExceptionOfType(ClockMovedBackwardsException.class).isThrownBy(this.generator::nextId)
            .withMessageContaining("reliable-mq.id.clock-backward-wait")
            .satisfies((ex) -> assertThat(ex.getBehindMillis()).isEqualTo(11));
        this.clock.add(12);
        assertThat(this.generator.nextId()).isGreaterThan(before);
    }

    @Test
    void failsWhenTheClockStandsStill() {
        assertThatExceptionOfType(ClockMovedBackwardsException.class).isThrownBy(() -> this.generator.nextIds(4097));
    }

    @Test
    void drawsNothingOnceClosed() {
        this.generator.close();
        this.generator.close();
        assertThatIllegalStateException().isThrownBy(this.generator::nextId).withMessageContaining("closed");
    }

    @Test
    void refusesAWorkerIdOutOfRange() {
        assertThatIllegalArgumentException().isThrownBy(() -> SnowflakeIdGenerator.fixed(1024, this.clock, WAIT))
            .withMessageContaining("0 to 1023");
        assertThatIllegalArgumentException().isThrownBy(() -> SnowflakeIdGenerator.fixed(-1, this.clock, WAIT));
    }

    static void assertStrictlyIncreasing(long[] ids) {
        for (int i = 1; i < ids.length; i++) {
            if (ids[i] <= ids[i - 1]) {
                throw new AssertionError("Id " + ids[i] + " at " + i + " follows " + ids[i - 1]);
            }
        }
    }

}
