package io.reliablemq.rocketmq.transport;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends attempts whose answer is late. The client itself looks for them once a second
 * only, and a timer for each attempt costs more than to convert its message: while
 * answers are awaited, all are looked at together.
 */
final class LateAnswers {

    private static final long INTERVAL_MILLIS = 50;

    private final Queue<AsyncAnswer> awaited = new ConcurrentLinkedQueue<>();

    private final AtomicBoolean watched = new AtomicBoolean();

    /** From now on it fails when its time is up and is looked at next. */
    void watch(AsyncAnswer answer) {
        if (!answer.isDone()) {
            this.awaited.add(answer);
            lookLater();
        }
    }

    private void lookLater() {
        if (this.watched.get() || !this.watched.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<Void> unused = new CompletableFuture<Void>()
            .completeOnTimeout(null, INTERVAL_MILLIS, TimeUnit.MILLISECONDS)
            .thenRun(this::look);
    }

    private void look() {
        this.watched.set(false);
        try {
            long now = System.nanoTime();
            this.awaited.removeIf((answer) -> answer.isOver(now));
        }
        finally {
            if (!this.awaited.isEmpty()) {
                lookLater();
            }
        }
    }

}
