package io.reliablemq.rocketmq.transport;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.SendTarget;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.remoting.exception.RemotingTimeoutException;

/**
 * The broker's answer to an attempt that no thread waits for, or why there is none.
 */
final class AsyncAnswer extends CompletableFuture<AttemptResult> implements SendCallback {

    private final SendTarget target;

    private final String topic;

    private final String address;

    private final long timeoutMillis;

    private final Consumer<AttemptResult> whenFailed;

    private final long start = System.nanoTime();

    private final Thread caller = Thread.currentThread();

    /**
     * Creates what the calling thread is about to ask for.
     * @param target where the message goes
     * @param topic its topic, without a namespace
     * @param address the broker's address
     * @param timeoutMillis longest time to wait
     * @param whenFailed learns of a failure after all others
     */
    AsyncAnswer(SendTarget target, String topic, String address, long timeoutMillis,
            Consumer<AttemptResult> whenFailed) {
        this.target = target;
        this.topic = topic;
        this.address = address;
        this.timeoutMillis = timeoutMillis;
        this.whenFailed = whenFailed;
    }

    @Override
    public void onSuccess(SendResult result) {
        complete(new AttemptResult.Stored(this.target, RocketMQMessageTransport.status(result.getSendStatus()),
                result.getQueueOffset()));
    }

    @Override
    public void onException(Throwable ex) {
        if (SendErrors.isInterrupt(ex) && Thread.currentThread() == this.caller) {
            Thread.currentThread().interrupt();
        }
        fail(SendErrors.ofAsync(ex, this.target, this.topic));
    }

    /** Fails if the time is up. */
    boolean isOver(long now) {
        if (!isDone() && now - this.start >= TimeUnit.MILLISECONDS.toNanos(this.timeoutMillis)) {
            fail(SendErrors.of(new RemotingTimeoutException(this.address, this.timeoutMillis), this.target,
                    this.topic));
        }
        return isDone();
    }

    private void fail(AttemptResult result) {
        if (complete(result)) {
            this.whenFailed.accept(result);
        }
    }

}
