package io.reliablemq.producer;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One asynchronous send. Whatever happens, its future is completed, once.
 */
class AsyncSend implements Runnable {

    private final Supplier<SendReceipt> send;

    private final Supplier<SendFailedException> refusal;

    private final Consumer<AsyncSend> whenOver;

    private final AtomicBoolean begun = new AtomicBoolean();

    private final CompletableFuture<SendReceipt> future = new CompletableFuture<>();

    AsyncSend(Supplier<SendReceipt> send, Supplier<SendFailedException> refusal, Consumer<AsyncSend> whenOver) {
        this.send = send;
        this.refusal = refusal;
        this.whenOver = whenOver;
    }

    CompletableFuture<SendReceipt> future() {
        return this.future;
    }

    @Override
    public void run() {
        if (!this.begun.compareAndSet(false, true)) {
            return;
        }
        SendReceipt receipt;
        try {
            receipt = this.send.get();
        }
        catch (Throwable ex) {
            fail(ex);
            return;
        }
        this.whenOver.accept(this);
        this.future.complete(receipt);
    }

    /** Fails the send unless it has begun. */
    void abandon() {
        if (this.begun.compareAndSet(false, true)) {
            fail(this.refusal.get());
        }
    }

    private void fail(Throwable ex) {
        this.whenOver.accept(this);
        this.future.completeExceptionally(ex);
    }

}
