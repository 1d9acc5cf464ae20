package io.reliablemq.id;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class LeasedSnowflakeIdGeneratorTests {

    private static final Duration WAIT = Duration.ofMillis(10);

    private static final WorkerLeaseOptions OPTIONS = WorkerLeaseOptions.defaults()
        .withLength(Duration.ofMinutes(1))
        .withPatience(Duration.ofSeconds(30));

    private static final WorkerIdUnavailableException OUTAGE = new WorkerIdUnavailableException("Down", null);

    private final MutableClock clock = new MutableClock();

    private final InMemoryWorkerIdAllocator allocator = new InMemoryWorkerIdAllocator(1024);

    private final SnowflakeIdGenerator generator = leased(OPTIONS);

    @AfterEach
    void close() {
        this.generator.close();
    }

    private SnowflakeIdGenerator leased(WorkerLeaseOptions options) {
        return SnowflakeIdGenerator.leased(this.allocator, this.clock, WAIT, options);
    }

    private static long millisOf(long id) {
        return SnowflakeIdGenerator.timestampOf(id).toEpochMilli();
    }

    @Test
    void drawsUpToThePersistedLimitWhileTheStoreIsDown() {
        this.allocator.failWith(OUTAGE);
        this.clock.add(60_000);
        assertThat(millisOf(this.generator.nextId())).isEqualTo(this.allocator.limitOf(0));
    }

    @Test
    void failsBeyondTheLimitWhileTheStoreIsDownAndRecovers() {
        try (SnowflakeIdGenerator impatient = leased(OPTIONS.withPatience(Duration.ofMillis(50)))) {
            this.allocator.failWith(OUTAGE);
            this.clock.add(60_001);
            assertThatExceptionOfType(WorkerIdUnavailableException.class).isThrownBy(impatient::nextId)
                .withMessageContaining("reliable-mq.id.worker-id")
                .withCause(OUTAGE);
            this.allocator.failWith(null);
            Awaitility.await().ignoreExceptions().until(() -> impatient.nextId() > 0);
        }
    }

    @Test
    void waitsForTheExtensionWhenTheLimitIsReached() {
        this.allocator.failWith(OUTAGE);
        this.clock.add(60_001);
        CompletableFuture<Long> next = CompletableFuture.supplyAsync(this.generator::nextId);
        this.allocator.failWith(null);
        assertThat(millisOf(next.join())).isEqualTo(this.clock.millis()).isLessThanOrEqualTo(this.allocator.limitOf(0));
    }

    @Test
    void extendsTheLeaseInTheBackground() {
        SnowflakeIdGenerator background = SnowflakeIdGenerator.leased(this.allocator, Clock.systemUTC(), WAIT,
                OPTIONS.withLength(Duration.ofMillis(500)));
        try (background) {
            int workerId = SnowflakeIdGenerator.workerIdOf(background.nextId());
            long limit = this.allocator.limitOf(workerId);
            Awaitility.await().until(() -> this.allocator.limitOf(workerId) > limit + 1_000);
        }
    }

    @Test
    void usesAnotherWorkerIdWhenItsOwnWasTakenOverWhileFrozen() {
        long before = this.generator.nextId();
        long limit = this.allocator.limitOf(0);
        this.clock.add(120_000);
        WorkerLease successor = this.allocator.takeOver(0, this.clock.millis() + 60_000);
        assertThat(successor.previousLimit()).isEqualTo(limit);
        long after = this.generator.nextId();
        assertThat(SnowflakeIdGenerator.workerIdOf(before)).isZero();
        assertThat(SnowflakeIdGenerator.workerIdOf(after)).isEqualTo(1);
        assertThat(after).isGreaterThan(before);
    }

    @Test
    void drawsNothingAboveItsLimitWhenTakenOverAndAllOthersAreTaken() {
        InMemoryWorkerIdAllocator allocator = new InMemoryWorkerIdAllocator(1);
        SnowflakeIdGenerator generator = SnowflakeIdGenerator.leased(allocator, this.clock, WAIT,
                OPTIONS.withPatience(Duration.ofMillis(50)));
        try (generator) {
            allocator.takeOver(0, this.clock.millis() + 600_000);
            this.clock.add(60_001);
            assertThatExceptionOfType(WorkerIdUnavailableException.class).isThrownBy(generator::nextId)
                .havingCause()
                .withMessageContaining("reliable-mq.id.worker-id");
            this.clock.add(600_000);
            Awaitility.await().ignoreExceptions().until(() -> generator.nextId() > 0);
        }
    }

    @Test
    void startsAboveTheLimitItFoundEvenIfTheClockIsSetBackAfterTheClaim() {
        this.generator.close();
        long limit = MutableClock.START + 5;
        this.allocator.release(this.allocator.takeOver(0, limit), limit);
        this.clock.add(6);
        try (SnowflakeIdGenerator next = leased(OPTIONS)) {
            this.clock.add(-6);
            this.clock.tick(1);
            long id = next.nextId();
            assertThat(SnowflakeIdGenerator.workerIdOf(id)).isZero();
            assertThat(millisOf(id)).isGreaterThan(limit);
        }
    }

    @Test
    void leavesTheLastTimestampWhenClosed() {
        this.clock.add(123);
        long last = this.generator.nextId();
        this.generator.close();
        assertThat(this.allocator.limitOf(0)).isEqualTo(millisOf(last)).isEqualTo(MutableClock.START + 123);
        assertThatIllegalStateException().isThrownBy(this.generator::nextId);
        this.clock.add(1);
        try (SnowflakeIdGenerator next = leased(OPTIONS)) {
            assertThat(SnowflakeIdGenerator.workerIdOf(next.nextId())).isZero();
            assertThat(next.nextId()).isGreaterThan(last);
        }
    }

    @Test
    void leavesTheLimitItFoundWhenClosedUnused() {
        this.generator.close();
        long found = this.allocator.limitOf(0);
        this.clock.add(1_000);
        WorkerLease other = this.allocator.takeOver(0, this.clock.millis());
        this.allocator.release(other, this.clock.millis());
        this.clock.add(1);
        leased(OPTIONS).close();
        assertThat(this.allocator.limitOf(0)).isEqualTo(MutableClock.START + 1_000).isGreaterThan(found);
    }

    @Test
    void closesWhileTheStoreIsDown() {
        this.allocator.failWith(OUTAGE);
        this.generator.close();
        assertThat(this.allocator.limitOf(0)).isEqualTo(MutableClock.START + 60_000);
    }

    @Test
    void smallestIdBefore2024IsZero() {
        assertThat(SnowflakeIdGenerator.smallestIdAt(Instant.EPOCH)).isZero();
    }

}
