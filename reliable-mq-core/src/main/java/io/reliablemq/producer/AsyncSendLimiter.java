package io.reliablemq.producer;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Limits the asynchronous sends that are in flight, or wait for actions on their futures,
 * and holds the threads that they share. Messages that share topic and ordering key are
 * sent one after another.
 */
class AsyncSendLimiter {

    private static final int MAX_THREADS = 64;

    /** What is interrupted is stored in an outbox, which takes a moment. */
    private static final Duration LAST_MOMENT = Duration.ofSeconds(5);

    private final DirectSend direct;

    private final int maxInFlight;

    private final Duration deadline;

    private final InFlightPermits places;

    private final ThreadPoolExecutor executor;

    private final Set<AsyncSend> inFlight = ConcurrentHashMap.newKeySet();

    private final Completions completions;

    private final OrderedLanes lanes;

    private final ScheduledThreadPoolExecutor later;

    private volatile boolean closed;

    AsyncSendLimiter(DirectSend direct, int maxInFlight, Duration deadline) {
        this.direct = direct;
        this.maxInFlight = maxInFlight;
        this.deadline = deadline;
        this.places = new InFlightPermits(maxInFlight);
        int threads = Math.min(maxInFlight, MAX_THREADS);
        AtomicInteger number = new AtomicInteger();
        this.executor = new ThreadPoolExecutor(threads, threads, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                (task) -> {
                    Thread thread = new Thread(task, "reliable-mq-send-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                }, (task, pool) -> abandonAll());
        this.executor.allowCoreThreadTimeOut(true);
        this.lanes = new OrderedLanes(this.executor);
        this.later = new ScheduledThreadPoolExecutor(1, (task) -> {
            Thread thread = new Thread(task, "reliable-mq-send-later");
            thread.setDaemon(true);
            return thread;
        });
        this.completions = new Completions(this.executor, threads, this.later);
    }

    /**
     * Waits for a place and starts the send, after a delay unless it has to stay in
     * order.
     * @throws SendFailedException if no place became free before the deadline, the thread
     * was interrupted while waiting, or this was closed
     */
    CompletableFuture<SendReceipt> submit(SendProgress progress, Duration delay) {
        PreparedMessage message = progress.messages().get(0);
        awaitPlace(progress);
        if (this.closed) {
            this.places.release();
            throw closed(progress);
        }
        AsyncSend send = add(progress);
        if (message.orderingKey() != null) {
            this.lanes.execute(message.topic(), message.orderingKey(), send);
        }
        else if (delay.isZero()) {
            send.begin();
        }
        else {
            beginLater(send, delay);
        }
        return send.future();
    }

    /** Takes a place without waiting, if there is one. */
    boolean tryReserve() {
        return !this.closed && this.places.tryAcquire();
    }

    void cancelReservation() {
        this.places.release();
    }

    /** Starts the send in a place that was reserved; the caller does nothing of it. */
    CompletableFuture<SendReceipt> submitReserved(SendProgress progress) {
        AsyncSend send = add(progress);
        if (this.closed) {
            send.abandon();
        }
        else {
            begin(send);
        }
        return send.future();
    }

    private AsyncSend add(SendProgress progress) {
        AsyncSend send = new AsyncSend(this.direct, progress, this.executor, this.completions, this.places,
                this.inFlight::remove);
        this.inFlight.add(send);
        return send;
    }

    private void beginLater(AsyncSend send, Duration delay) {
        try {
            ScheduledFuture<?> unused = this.later.schedule(() -> begin(send), delay.toNanos(), TimeUnit.NANOSECONDS);
        }
        catch (RejectedExecutionException ex) {
            send.abandon();
        }
        catch (Throwable ex) {
            send.refuse(ex);
        }
    }

    private void begin(AsyncSend send) {
        try {
            this.executor.execute(send::begin);
        }
        catch (Throwable ex) {
            send.refuse(ex);
        }
    }

    private void awaitPlace(SendProgress progress) {
        if (this.places.takeInAction()) {
            return;
        }
        try {
            long left = this.deadline.minus(progress.elapsed()).toNanos();
            if (!this.places.tryAcquire(left, TimeUnit.NANOSECONDS)) {
                throw progress
                    .failed(this.maxInFlight + " asynchronous sends are in flight, or wait for actions on their "
                            + "futures, and none ended within the deadline of " + this.deadline
                            + " (reliable-mq.producer.max-in-flight)");
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw progress.failed("the thread was interrupted while " + this.maxInFlight
                    + " other asynchronous sends were in flight");
        }
    }

    static SendFailedException closed(SendProgress progress) {
        return progress.failed("the template is closed, the application is shutting down");
    }

    int inFlight() {
        return this.inFlight.size();
    }

    /**
     * Takes no more sends and waits for those in flight and their actions; then ends the
     * rest by interrupts, and waits for up to 5 s until they are stored or have failed.
     * @return how many had to be ended
     */
    int close(Duration timeout) {
        this.closed = true;
        int others = this.places.others();
        boolean drained = false;
        try {
            drained = this.places.tryAcquire(others, timeout.toNanos(), TimeUnit.NANOSECONDS);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        int left = drained ? 0 : inFlight();
        this.later.shutdownNow();
        this.executor.shutdownNow();
        abandonAll();
        this.completions.close();
        awaitInterrupted();
        if (drained) {
            this.places.release(others);
        }
        return left;
    }

    private void awaitInterrupted() {
        try {
            boolean unused = this.executor.awaitTermination(LAST_MOMENT.toNanos(), TimeUnit.NANOSECONDS);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private void abandonAll() {
        this.inFlight.forEach(AsyncSend::abandon);
    }

}
