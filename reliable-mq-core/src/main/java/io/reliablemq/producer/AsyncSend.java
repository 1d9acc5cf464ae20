package io.reliablemq.producer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/**
 * One asynchronous send. Its first attempt is made without a thread that waits, if that
 * is possible; whatever follows is done as by a synchronous one. Whatever happens, its
 * future is completed, once.
 */
class AsyncSend implements Runnable {

    private final AsyncAttempt delivery;

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
    AsyncSend(AsyncAttempt delivery, Executor threads, Executor completions, InFlightPermits places,
            Consumer<AsyncSend> whenOver) {
        this.places = places;
        this.delivery = delivery;
        this.threads = threads;
        this.completions = completions;
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
            answer = this.delivery.begin();
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

    private void goOn() {
        try {
            this.threads.execute(this);
        }
        catch (Throwable ex) {
            refuse(ex);
        }
    }

    /** Fails the send, because no thread can be had for it. */
    void refuse(Throwable cause) {
        for (State waiting : State.WAITING) {
            if (waiting != State.AWAITING && this.state.get() == waiting) {
                end(waiting, null, this.delivery.refused(cause));
            }
        }
    }

    private void answered(@Nullable AttemptResult result, @Nullable Throwable failure) {
        if (!this.state.compareAndSet(State.AWAITING, State.RUNNING)) {
            return;
        }
        SendReceipt receipt;
        try {
            receipt = this.delivery.answered(result, failure);
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

    /** Sends, or goes on after a first failure, on a thread that may wait. */
    @Override
    public void run() {
        if (!this.state.compareAndSet(State.NEW, State.RUNNING)
                && !this.state.compareAndSet(State.FAILED_ONCE, State.RUNNING)) {
            return;
        }
        SendReceipt receipt;
        try {
            receipt = this.delivery.finish();
        }
        catch (Throwable ex) {
            end(State.RUNNING, null, ex);
            return;
        }
        end(State.RUNNING, receipt, null);
    }

    /** Fails the send unless a thread is busy with it. */
    void abandon() {
        for (State waiting : State.WAITING) {
            if (this.state.get() == waiting) {
                end(waiting, null, this.delivery.abandoned(waiting == State.AWAITING));
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
