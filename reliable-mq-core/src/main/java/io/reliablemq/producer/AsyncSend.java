package io.reliablemq.producer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * One asynchronous send. Its future is completed once, whatever happens.
 * <ol>
 * <li>{@link #begin} makes the first attempt; no thread waits for its answer.</li>
 * <li>{@link #answered} completes the future if the attempt brought the acknowledgement.
 * </li>
 * <li>Otherwise, or if the first attempt would have to wait, {@link #run} makes the
 * attempts that are left on a thread that may wait, like a synchronous send.</li>
 * </ol>
 */
class AsyncSend implements Runnable {

    private final DirectSend direct;

    private final SendProgress progress;

    private final Executor threads;

    private final Executor completions;

    private final InFlightPermits places;

    private final Consumer<AsyncSend> whenOver;

    private final AtomicReference<State> state = new AtomicReference<>(State.NEW);

    private final CompletableFuture<SendReceipt> future = new CompletableFuture<>();

    /**
     * Creates a send that has a place, and gives it back.
     * @param whenOver told before the future is completed
     */
    AsyncSend(DirectSend direct, SendProgress progress, Executor threads, Executor completions, InFlightPermits places,
            Consumer<AsyncSend> whenOver) {
        this.direct = direct;
        this.progress = progress;
        this.threads = threads;
        this.completions = completions;
        this.places = places;
        this.whenOver = whenOver;
    }

    CompletableFuture<SendReceipt> future() {
        return this.future;
    }

    /** Begins on the calling thread, which does not wait for an answer. */
    void begin() {
        if (!this.state.compareAndSet(State.NEW, State.AWAITING)) {
            return;
        }
        CompletableFuture<AttemptResult> answer;
        try {
            answer = this.progress.isInTurn() ? this.direct.begin(this.progress) : null;
        }
        catch (Throwable ex) {
            end(State.AWAITING, null, ex);
            return;
        }
        if (answer != null) {
            CompletableFuture<AttemptResult> unused = answer.whenComplete(this::answered);
        }
        else if (this.state.compareAndSet(State.AWAITING, State.NEW)) {
            goOn();
        }
    }

    private void answered(@Nullable AttemptResult result, @Nullable Throwable failure) {
        if (!this.state.compareAndSet(State.AWAITING, State.RUNNING)) {
            return;
        }
        SendReceipt receipt = null;
        try {
            if (result != null) {
                receipt = this.direct.answered(this.progress, result);
            }
            else {
                this.progress.fail((failure != null) ? failure : new NullPointerException("No result"));
            }
        }
        catch (Throwable ex) {
            end(State.RUNNING, null, ex);
            return;
        }
        if (receipt != null) {
            complete(receipt);
            return;
        }
        this.state.set(State.FAILED_ONCE);
        goOn();
    }

    /** What applications attach to the future does not run on the client's threads. */
    private void complete(SendReceipt receipt) {
        this.state.set(State.OVER);
        this.whenOver.accept(this);
        Runnable completion = () -> this.places.complete(() -> this.future.complete(receipt));
        if (this.future.getNumberOfDependents() == 0) {
            completion.run();
        }
        else {
            this.completions.execute(completion);
        }
    }

    private void goOn() {
        try {
            this.threads.execute(this);
        }
        catch (Throwable ex) {
            refuse(ex);
        }
    }

    /** Sends, or goes on after a first failure, on a thread that may wait. */
    @Override
    public void run() {
        if (!this.state.compareAndSet(State.NEW, State.RUNNING)
                && !this.state.compareAndSet(State.FAILED_ONCE, State.RUNNING)) {
            return;
        }
        SendReceipt receipt;
        try {
            receipt = this.direct.send(this.progress);
        }
        catch (Throwable ex) {
            end(State.RUNNING, null, ex);
            return;
        }
        end(State.RUNNING, receipt, null);
    }

    /** Fails the send, because no thread can be had for it. */
    void refuse(Throwable cause) {
        for (State waiting : State.WAITING) {
            if (waiting != State.AWAITING && this.state.get() == waiting) {
                SendFailedException failure = this.progress.failed("no thread could be had for it (" + cause + ")");
                failure.addSuppressed(cause);
                end(waiting, null, failure);
            }
        }
    }

    /**
     * Fails the send, because the template is closed, unless a thread is busy with it.
     */
    void abandon() {
        for (State waiting : State.WAITING) {
            if (this.state.get() == waiting) {
                end(waiting, null,
                        (waiting == State.AWAITING)
                                ? this.progress.inFirstAttempt()
                                    .broken("the template was closed while the broker's answer was awaited", null)
                                : AsyncSendLimiter.closed(this.progress));
            }
        }
    }

    private void end(State from, @Nullable SendReceipt receipt, @Nullable Throwable failure) {
        if (!this.state.compareAndSet(from, State.OVER)) {
            return;
        }
        this.whenOver.accept(this);
        this.places.complete(() -> {
            if (failure != null) {
                this.future.completeExceptionally(failure);
            }
            else {
                this.future.complete(receipt);
            }
        });
    }

    private enum State {

        NEW, AWAITING, FAILED_ONCE, RUNNING, OVER;

        private static final State[] WAITING = { NEW, AWAITING, FAILED_ONCE };

    }

}
