package io.reliablemq.benchmarks.memory;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.FailedAttempt;
import io.reliablemq.producer.FailureKind;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.rocketmq.DelayLevels;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Waits between attempts: of a send, and of a redelivery.
 */
@State(Scope.Benchmark)
public class BackoffBenchmark {

    private final SendRetryPolicy policy = SendRetryPolicy.exponential(4, SendOptions.defaults().backoff());

    private final FailedAttempt attempt = new FailedAttempt(3, Duration.ofSeconds(1), "orders",
            new AttemptResult.Failed(null, FailureKind.TRANSIENT, true, new IOException("closed"), "closed"));

    private final DelayLevels levels = DelayLevels.parse(DelayLevels.DEFAULT);

    private final Duration wait = Duration.ofMinutes(9);

    @Benchmark
    public Optional<Duration> sendBackoff() {
        return this.policy.nextDelay(this.attempt);
    }

    @Benchmark
    public int delayLevel() {
        return this.levels.levelFor(this.wait);
    }

}
