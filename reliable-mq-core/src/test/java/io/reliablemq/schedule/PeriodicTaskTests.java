package io.reliablemq.schedule;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class PeriodicTaskTests {

    private static final Duration SHORT = Duration.ofMillis(1);

    private static final Duration LONG = Duration.ofHours(1);

    private final AtomicInteger runs = new AtomicInteger();

    private PeriodicTask task = every(SHORT, this.runs::incrementAndGet);

    private static PeriodicTask every(Duration delay, PeriodicTask.Work work) {
        return PeriodicTask.of("periodic-test", Duration.ZERO, delay, "It failed", work);
    }

    @AfterEach
    void close() {
        this.task.close();
    }

    static Stream<Supplier<Throwable>> failures() {
        return Stream.of(IllegalStateException::new, StackOverflowError::new, NoClassDefFoundError::new,
                InterruptedException::new);
    }

    @ParameterizedTest
    @MethodSource("failures")
    void goesOnWhateverARunThrows(Supplier<Throwable> failure) {
        this.task = every(SHORT, () -> {
            if (this.runs.incrementAndGet() < 4) {
                PeriodicTaskTests.<RuntimeException>raise(failure.get());
            }
        });
        this.task.start();
        await().until(() -> this.runs.get() > 5);
        assertThat(this.task.isAlive()).isTrue();
    }

    @Test
    void goesOnAfterAStrayInterrupt() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        this.task = every(SHORT, () -> {
            thread.set(Thread.currentThread());
            this.runs.incrementAndGet();
        });
        this.task.start();
        await().until(() -> thread.get() != null);
        for (int i = 0; i < 3; i++) {
            int before = this.runs.get();
            thread.get().interrupt();
            await().until(() -> this.runs.get() > before);
        }
        assertThat(this.task.isAlive()).isTrue();
    }

    @Test
    void runsOnADaemonOfItsName() {
        AtomicReference<Thread> thread = new AtomicReference<>();
        this.task = every(LONG, () -> thread.set(Thread.currentThread()));
        this.task.start();
        await().until(() -> thread.get() != null);
        assertThat(thread.get().getName()).isEqualTo("periodic-test");
        assertThat(thread.get().isDaemon()).isTrue();
    }

    @Test
    void hasOneThreadHoweverOftenItIsStarted() {
        this.task = every(LONG, this.runs::incrementAndGet);
        this.task.start();
        this.task.start();
        await().until(() -> this.runs.get() > 0);
        assertThat(this.runs).hasValue(1);
    }

    @Test
    void waitsForARunWhenItIsStopped() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        this.task = every(SHORT, () -> {
            begun.countDown();
            end.await();
            this.runs.incrementAndGet();
        });
        this.task.start();
        begun.await();
        Thread stopping = new Thread(() -> this.task.stop(System.nanoTime() + LONG.toNanos()));
        stopping.start();
        await().until(() -> !this.task.isAlive());
        end.countDown();
        stopping.join();
        assertThat(this.runs).hasValue(1);
    }

    @Test
    void interruptsARunThatTakesTooLong() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicReference<Exception> thrown = new AtomicReference<>();
        this.task = every(SHORT, () -> {
            begun.countDown();
            try {
                new CountDownLatch(1).await();
            }
            catch (InterruptedException ex) {
                thrown.set(ex);
                throw ex;
            }
        });
        this.task.start();
        begun.await();
        this.task.stop(System.nanoTime());
        await().until(() -> thrown.get() != null);
        assertThat(this.task.isAlive()).isFalse();
    }

    @Test
    void endsAPauseAtOnce() {
        this.task = every(LONG, this.runs::incrementAndGet);
        this.task.start();
        await().until(() -> this.runs.get() == 1);
        this.task.stop(System.nanoTime() + LONG.toNanos());
        assertThat(this.task.isAlive()).isFalse();
    }

    @Test
    void canBeStartedAgain() {
        this.task.start();
        this.task.close();
        this.task.start();
        int before = this.runs.get();
        await().until(() -> this.runs.get() > before);
        assertThat(this.task.isAlive()).isTrue();
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void raise(Throwable failure) throws T {
        throw (T) failure;
    }

}
