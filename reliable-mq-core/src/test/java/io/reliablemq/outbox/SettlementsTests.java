package io.reliablemq.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.reliablemq.producer.PreparedMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(60)
class SettlementsTests {

    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final LinkedBlockingQueue<List<Long>> written = new LinkedBlockingQueue<>();

    private final CountDownLatch begun = new CountDownLatch(2);

    private final CompletableFuture<Void> goOn = new CompletableFuture<>();

    private volatile long refused;

    private final Settlements settlements = new Settlements(this::write);

    @AfterEach
    void end() {
        this.goOn.complete(null);
        this.threads.shutdownNow();
    }

    /** The first two are held up, so that the others wait. */
    private void write(Collection<OutboxOutcome> outcomes) {
        this.begun.countDown();
        this.goOn.join();
        List<Long> rows = outcomes.stream().map((each) -> each.entry().rowId()).toList();
        if (rows.contains(this.refused)) {
            throw new IllegalStateException("row " + this.refused);
        }
        this.written.add(rows);
    }

    private static List<OutboxOutcome> outcome(long row) {
        PreparedMessage message = new PreparedMessage(row, "U" + row, "orders", null, List.of(), new byte[0], Map.of(),
                null, null);
        return List
            .of(new OutboxOutcome.Again(new OutboxEntry(row, 1, "c", message, 0, 0), Duration.ZERO, 0, false, null));
    }

    private List<Future<?>> whileTwoAreWritten(int others) throws InterruptedException {
        List<Future<?>> first = new ArrayList<>(settle(1, 1));
        while (this.begun.getCount() > 1) {
            Thread.onSpinWait();
        }
        // Only now, or the first one takes it along.
        first.addAll(settle(2, 2));
        this.begun.await();
        List<Future<?>> waiting = settle(3, 2 + others);
        while (this.settlements.waiting() < others) {
            Thread.onSpinWait();
        }
        return Stream.concat(first.stream(), waiting.stream()).toList();
    }

    private List<Future<?>> settle(int from, int to) {
        return IntStream.rangeClosed(from, to)
            .<Future<?>>mapToObj((row) -> this.threads.submit(() -> this.settlements.settle(outcome(row))))
            .toList();
    }

    @Test
    void writesTogetherWhatWaits() throws Exception {
        List<Future<?>> all = whileTwoAreWritten(5);
        assertThat(all).as("none goes on before it is written").noneMatch(Future::isDone);

        this.goOn.complete(null);
        for (Future<?> each : all) {
            each.get();
        }

        assertThat(this.written.stream().flatMap(List::stream)).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(this.written).anyMatch((rows) -> rows.size() > 1);
    }

    @Test
    void failsOnlyWhoseOutcomeFails() throws Exception {
        this.refused = 4;
        List<Future<?>> all = whileTwoAreWritten(3);

        this.goOn.complete(null);

        assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> all.get(3).get())
            .havingCause()
            .isInstanceOf(IllegalStateException.class)
            .withMessage("row 4");
        for (int other : new int[] { 0, 1, 2, 4 }) {
            all.get(other).get();
        }
        assertThat(this.written.stream().flatMap(List::stream)).containsExactlyInAnyOrder(1L, 2L, 3L, 5L);
    }

    @Test
    void throwsWhatTheStoreThrowsAndGoesOn() {
        this.goOn.complete(null);
        this.refused = 1;
        assertThatIllegalStateException().isThrownBy(() -> this.settlements.settle(outcome(1))).withMessage("row 1");

        this.settlements.settle(outcome(2));
        this.settlements.settle(List.of());

        assertThat(this.written).containsExactly(List.of(2L));
    }

}
