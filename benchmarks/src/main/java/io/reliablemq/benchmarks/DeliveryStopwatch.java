package io.reliablemq.benchmarks;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.benchmarks.report.Sample;
import org.apache.rocketmq.client.hook.ConsumeMessageContext;
import org.apache.rocketmq.client.hook.ConsumeMessageHook;
import org.jspecify.annotations.Nullable;

/**
 * From the moment at which the client hands over the first message to the one at which it
 * has got back the last: what a guard does before and after the listener is inside.
 */
final class DeliveryStopwatch implements ConsumeMessageHook {

    private static final int PATIENCE_SECONDS = 180;

    private final int messages;

    private final AtomicLong seen = new AtomicLong();

    private final AtomicLong failures = new AtomicLong();

    private final AtomicReference<@Nullable Mark> first = new AtomicReference<>();

    private final AtomicReference<@Nullable Mark> last = new AtomicReference<>();

    private final CountDownLatch done = new CountDownLatch(1);

    DeliveryStopwatch(int messages) {
        this.messages = messages;
    }

    @Override
    public String hookName() {
        return "stopwatch";
    }

    @Override
    public void consumeMessageBefore(ConsumeMessageContext context) {
        if (this.first.get() == null) {
            this.first.compareAndSet(null, Mark.now(0));
        }
    }

    @Override
    public void consumeMessageAfter(ConsumeMessageContext context) {
        int count = context.getMsgList().size();
        if (!context.isSuccess()) {
            this.failures.addAndGet(count);
            return;
        }
        long number = this.seen.addAndGet(count);
        if (number >= this.messages && number - count < this.messages) {
            this.last.set(Mark.now(number));
            this.done.countDown();
        }
    }

    Sample await() throws InterruptedException {
        boolean all = this.done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        Mark start = this.first.get();
        Mark end = this.last.get();
        if (!all || start == null || end == null || this.failures.get() > 0) {
            throw new IllegalStateException(
                    "Consumed " + this.seen + " of " + this.messages + " messages, and " + this.failures + " failed");
        }
        Sample sample = Sample.rate(end.messages() * 1e9 / (end.nanos() - start.nanos()))
            .with(Measure.BYTES, (double) end.allocated().since(start.allocated()) / end.messages());
        return end.processors().addTo(sample, start.processors(), end.messages());
    }

    private record Mark(long nanos, long messages, AllocatedBytes allocated, ProcessorTime processors) {

        static Mark now(long messages) {
            return new Mark(System.nanoTime(), messages, AllocatedBytes.now(), ProcessorTime.now());
        }

    }

}
