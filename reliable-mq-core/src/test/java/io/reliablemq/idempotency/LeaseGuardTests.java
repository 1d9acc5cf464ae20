package io.reliablemq.idempotency;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.reliablemq.idempotency.InMemoryIdempotencyStore.Operation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class LeaseGuardTests {

    private static final RecordKey KEY = RecordKey.ofMessageId("g", 7);

    private static final Duration LEASE = Duration.ofMinutes(1);

    private final MutableClock clock = new MutableClock();

    private final InMemoryIdempotencyStore store = new InMemoryIdempotencyStore(this.clock);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final LeaseKeeper keeper = new LeaseKeeper(this.store, this.meters);

    private final LeaseGuard guard = guard(LEASE);

    @AfterEach
    void close() {
        this.keeper.close();
    }

    @Test
    void runsTheActionAndRemembersIt() throws Exception {
        assertThat(this.guard.execute(KEY, 1, () -> "value")).isEqualTo(new GuardResult.Processed<>("value"));
        assertThat(this.store.isDone(KEY)).isTrue();
    }

    @Test
    void skipsWhatWasDoneBefore() throws Exception {
        this.guard.execute(KEY, 1, () -> "value");

        assertThat(this.guard.execute(KEY, 1, LeaseGuardTests::mustNotRun)).isEqualTo(new GuardResult.Duplicate<>());
    }

    @Test
    void skipsWhatIsInProgressAndSaysUntilWhen() throws Exception {
        this.store.takeOver(KEY, Duration.ofSeconds(20));

        assertThat(this.guard.execute(KEY, 1, LeaseGuardTests::mustNotRun))
            .isEqualTo(new GuardResult.InProgress<>(this.clock.instant().plusSeconds(20)));
    }

    @ParameterizedTest
    @MethodSource
    void rethrowsTheFailureItselfAndFreesTheKey(Throwable failure) throws Exception {
        assertThatThrownBy(() -> this.guard.execute(KEY, 1, failing(failure))).isSameAs(failure);
        assertThat(this.guard.execute(KEY, 2, () -> 1)).isEqualTo(new GuardResult.Processed<>(1));
        assertThat(lostLeases()).isZero();
    }

    static Throwable[] rethrowsTheFailureItselfAndFreesTheKey() {
        return new Throwable[] { new IllegalArgumentException("unchecked"), new IOException("checked"),
                new AssertionError("error") };
    }

    @ParameterizedTest
    @MethodSource("storeFailures")
    void rethrowsTheFailureItselfWhenTheReleaseFails(Throwable storeFailure) {
        IOException failure = new IOException("checked");
        this.store.fail(Operation.RELEASE, storeFailure);

        assertThatThrownBy(() -> this.guard.execute(KEY, 1, failing(failure))).isSameAs(failure)
            .hasSuppressedException(storeFailure);
    }

    @Test
    void doesNotRunTheActionWhenTheStoreCannotAnswer() {
        this.store.fail(Operation.CLAIM);

        assertThatThrownBy(() -> this.guard.execute(KEY, 1, LeaseGuardTests::mustNotRun))
            .isInstanceOf(IdempotencyStoreException.class);
    }

    @ParameterizedTest
    @MethodSource("storeFailures")
    void triesToCompleteUntilTheLeaseEndsThenCountsItAndAcknowledges(Throwable storeFailure) throws Exception {
        this.store.fail(Operation.COMPLETE, storeFailure);

        assertThat(guard(Duration.ofMillis(300)).execute(KEY, 1, () -> 1)).isEqualTo(new GuardResult.Processed<>(1));
        assertThat(this.store.calls(Operation.COMPLETE)).isGreaterThan(1);
        assertThat(lostCompletions()).isOne();
        assertThat(lostLeases()).isZero();
    }

    static Throwable[] storeFailures() {
        return new Throwable[] { new IdempotencyStoreException("away", new IllegalStateException()),
                new IllegalStateException("a store that does not translate its exceptions"),
                new NoClassDefFoundError("a driver that is half there") };
    }

    /** Each question may take a timeout. */
    @Test
    void doesNotAskAStoreThatIsAwayForEachOfABatchWhoseLeasesAreOver() {
        this.store.fail(Operation.COMPLETE);
        this.store.fail(Operation.RENEW);
        Duration lease = Duration.ofMillis(1);

        List<CallOutcome<Long>> outcomes = guard(lease).executeAll(calls(3, () -> {
            long end = System.nanoTime() + 2 * lease.toNanos();
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            return end;
        }));

        assertThat(outcomes).allMatch(CallOutcome::isDone);
        assertThat(this.store.calls(Operation.COMPLETE)).as("all at one go").isOne();
        assertThat(lostCompletions()).isEqualTo(3);
    }

    @ParameterizedTest
    @MethodSource("storeFailures")
    void releasesNoMoreOfABatchOnceTheStoreIsAway(Throwable storeFailure) throws Exception {
        this.store.fail(Operation.RELEASE, storeFailure);
        Duration lease = Duration.ofMillis(60);

        List<CallOutcome<Long>> outcomes = guard(lease).executeAll(calls(3, () -> {
            throw new IllegalStateException("poison");
        }));

        assertThat(outcomes).noneMatch(CallOutcome::isDone);
        assertThat(this.store.calls(Operation.RELEASE)).isOne();
        CountDownLatch renewals = this.store.expectRenewals(2);
        guard(lease).execute(KEY, 1, () -> {
            await(renewals);
            return 1;
        });
        this.clock.advance(lease);
        assertThat(this.store.claim(RecordKey.ofMessageId("g", 101), lease)).as("not renewed any more")
            .isInstanceOf(Claim.Acquired.class);
    }

    private static List<GuardedCall<Long>> calls(int count, Callable<Long> action) {
        return LongStream.range(0, count)
            .mapToObj((number) -> new GuardedCall<>(RecordKey.ofMessageId("g", 100 + number), 1, action))
            .toList();
    }

    @Test
    void completesOnAnInterruptedThreadAndLeavesItInterrupted() throws Exception {
        this.store.refuseInterruptedThreads(Operation.COMPLETE);

        this.guard.execute(KEY, 1, () -> {
            Thread.currentThread().interrupt();
            return 1;
        });

        assertThat(Thread.interrupted()).isTrue();
        assertThat(this.store.isDone(KEY)).isTrue();
        assertThat(lostCompletions()).isZero();
    }

    @Test
    void givesUpCompletingWhenInterrupted() throws Exception {
        this.store.fail(Operation.COMPLETE);

        this.guard.execute(KEY, 1, () -> {
            Thread.currentThread().interrupt();
            return 1;
        });

        assertThat(Thread.interrupted()).isTrue();
        assertThat(lostCompletions()).isOne();
    }

    @Test
    void countsALostLeaseOnceWhenOnlyTheCompletionNoticesIt() throws Exception {
        this.guard.execute(KEY, 1, () -> {
            this.store.takeOver(KEY, LEASE);
            return 1;
        });

        assertThat(lostLeases()).isOne();
        assertThat(this.store.isDone(KEY)).as("belongs to the other instance").isFalse();
    }

    @Test
    void countsALostLeaseOnceWhenTheRenewalNoticesItFirst() throws Exception {
        guard(Duration.ofMillis(60)).execute(KEY, 1, () -> {
            this.store.takeOver(KEY, LEASE);
            await(this.store.expectRenewals(1));
            return 1;
        });

        assertThat(lostLeases()).isOne();
    }

    @Test
    void renewsTheLeaseOfALongAction() throws Exception {
        Duration lease = Duration.ofMillis(60);
        guard(lease).execute(KEY, 1, () -> {
            for (int i = 0; i < 3; i++) {
                this.clock.advance(Duration.ofMillis(40));
                await(this.store.expectRenewals(2));
            }
            assertThat(this.store.claim(KEY, LEASE)).isInstanceOf(Claim.Held.class);
            return 1;
        });

        assertThat(this.store.isDone(KEY)).isTrue();
        assertThat(lostLeases()).isZero();
    }

    @Test
    void goesOnRenewingAfterAFailedRenewal() throws Exception {
        this.store.fail(Operation.RENEW);
        guard(Duration.ofMillis(60)).execute(KEY, 1, () -> {
            this.clock.advance(Duration.ofMillis(40));
            this.store.fail(Operation.RENEW, null);
            await(this.store.expectRenewals(2));
            this.clock.advance(Duration.ofMillis(40));
            assertThat(this.store.claim(KEY, LEASE)).isInstanceOf(Claim.Held.class);
            return 1;
        });
    }

    @Test
    void recordsAnAliasWhenABusinessKeySkipsAnotherMessage() throws Exception {
        this.guard.execute(RecordKey.ofBusinessKey("g", "order-1", 10L), 1, () -> 1);

        this.guard.execute(RecordKey.ofBusinessKey("g", "order-1", 11L), 1, () -> 1);

        assertThat(this.store.aliases())
            .containsExactly(java.util.Map.entry(RecordKey.ofMessageId("g", 11).identity(), "k:order-1"));
    }

    @Test
    void recordsNoAliasForAMessageThatIsSkippedUnderItsOwnIdOrHasNone() throws Exception {
        for (RecordKey key : new RecordKey[] { KEY, RecordKey.ofUniqKey("g", "7F00"),
                RecordKey.ofBusinessKey("g", "order-1", null) }) {
            this.store.markDone(key);
            assertThat(this.guard.execute(key, 1, () -> 1)).isEqualTo(new GuardResult.Duplicate<>());
        }

        assertThat(this.store.aliases()).isEmpty();
    }

    @Test
    void failsWhenTheAliasCannotBeRecordedSoThatTheMessageComesAgain() {
        RecordKey key = RecordKey.ofBusinessKey("g", "order-1", 11L);
        this.store.markDone(key);
        this.store.fail(Operation.ALIAS);

        assertThatThrownBy(() -> this.guard.execute(key, 1, () -> 1)).isInstanceOf(IdempotencyStoreException.class);
    }

    @Test
    void showsTheContextInsideAndNotAfterwards() throws Exception {
        this.guard.execute(KEY, 3, () -> {
            IdempotencyContext context = IdempotencyContext.current();
            assertThat(context).isEqualTo(new IdempotencyContext("g", KEY.identity(), context.token(), 3));
            assertThat(context.token()).isPositive();
            return 1;
        });

        assertThatIllegalStateException().isThrownBy(IdempotencyContext::current);
    }

    @Test
    void restoresTheOuterContextAfterANestedAction() throws Exception {
        RecordKey inner = RecordKey.ofMessageId("inner", 8);
        this.guard.execute(KEY, 1, () -> {
            this.guard.execute(inner, 1, () -> {
                assertThat(IdempotencyContext.current().group()).isEqualTo("inner");
                return 1;
            });
            assertThat(IdempotencyContext.current().group()).isEqualTo("g");
            return 1;
        });

        assertThat(this.store.isDone(inner)).isTrue();
        assertThat(this.store.isDone(KEY)).isTrue();
    }

    @Test
    void forgetsTheContextOfAFailedAction() {
        assertThatThrownBy(() -> this.guard.execute(KEY, 1, failing(new IOException())))
            .isInstanceOf(IOException.class);

        assertThatIllegalStateException().isThrownBy(IdempotencyContext::current);
    }

    private LeaseGuard guard(Duration lease) {
        return new LeaseGuard(this.store, this.keeper, lease, Duration.ofDays(7), this.clock);
    }

    private double lostLeases() {
        return this.meters.get("reliable.mq.lease.lost").counter().count();
    }

    private double lostCompletions() {
        return this.meters.get("reliable.mq.completion.lost").counter().count();
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    }

    private static Object mustNotRun() {
        throw new AssertionError("The action must not run");
    }

    private static Callable<Object> failing(Throwable failure) {
        return () -> {
            if (failure instanceof Error error) {
                throw error;
            }
            throw (Exception) failure;
        };
    }

}
