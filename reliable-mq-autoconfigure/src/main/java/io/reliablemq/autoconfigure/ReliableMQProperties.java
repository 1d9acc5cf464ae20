package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.rocketmq.DelayLevels;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Properties of the library.
 *
 * @param enabled whether the library does anything
 * @param id message ids
 * @param producer sending
 * @param idempotency what holds for every guarded listener that says nothing else
 * @param shutdown closing of the application
 * @param jdbc tables in the database
 * @param delayLevels redelivery delays of the broker, as in its messageDelayLevel
 * @param listeners settings per consumer group; write the group in brackets, as in
 * "[my_group]"
 */
@ConfigurationProperties("reliable-mq")
public record ReliableMQProperties(@DefaultValue("true") boolean enabled, @DefaultValue Id id,
        @DefaultValue Producer producer, @DefaultValue Idempotency idempotency, @DefaultValue Shutdown shutdown,
        @DefaultValue Jdbc jdbc, @DefaultValue(DelayLevels.DEFAULT) String delayLevels,
        @DefaultValue Map<String, Listener> listeners) {

    /**
     * Message ids.
     *
     * @param workerId worker id of this node, 0 to 1023, different on every node; leased
     * from the database or Redis when not set
     * @param allocator where the worker id is leased
     * @param clockBackwardWait longest step back of the clock that is waited out; a
     * longer one fails the send
     */
    public record Id(@Nullable Integer workerId, @DefaultValue("auto") WorkerIdAllocation allocator,
            @DefaultValue("10ms") Duration clockBackwardWait) {
    }

    /**
     * Sending.
     *
     * @param maxAttempts attempts per message, the first one included
     * @param backoff waits between attempts
     * @param attemptTimeout longest time of one attempt; longer than the broker's own
     * waits for disk (5 s) and replicas (3 s)
     * @param deadline longest time of one send, all attempts and waits included
     * @param requiredStatus what an acknowledgement must say
     * @param maxInFlight asynchronous sends under way at once; more wait for their turn
     */
    public record Producer(@DefaultValue("4") int maxAttempts, @DefaultValue Backoff backoff,
            @DefaultValue("6s") Duration attemptTimeout, @DefaultValue("15s") Duration deadline,
            @DefaultValue("replicated") StorageStatus requiredStatus, @DefaultValue("1000") int maxInFlight) {

        /**
         * Waits between attempts.
         *
         * @param initial wait after the first attempt
         * @param multiplier factor from each wait to the next
         * @param max longest wait
         * @param jitter share of each wait that is random, 0 to 1
         */
        public record Backoff(@DefaultValue("100ms") Duration initial, @DefaultValue("2") double multiplier,
                @DefaultValue("2s") Duration max, @DefaultValue("0.2") double jitter) {
        }

    }

    /**
     * Guarded listeners.
     *
     * @param store where the records are kept
     * @param mode how record and effect are tied together
     * @param lease how long a claim lasts without renewal
     * @param lockWait longest wait for a concurrent transaction on the same message
     * @param retention how long records are remembered
     * @param replayAllowance how long after its last retry a message may be replayed
     * @param allowShortRetention whether a retention that cannot stop every duplicate is
     * accepted
     * @param redis records in Redis
     */
    public record Idempotency(@DefaultValue("auto") IdempotencyStoreType store,
            @DefaultValue("auto") IdempotencyMode mode, @DefaultValue("1m") Duration lease,
            @DefaultValue("5s") Duration lockWait, @DefaultValue("7d") Duration retention,
            @DefaultValue("3d") Duration replayAllowance, @DefaultValue("false") boolean allowShortRetention,
            @DefaultValue Redis redis) {

        /**
         * Records in Redis.
         *
         * @param keyPrefix start of every key
         */
        public record Redis(@DefaultValue("reliable-mq:") String keyPrefix) {
        }

    }

    /**
     * Closing of the application.
     *
     * @param drainTimeout longest wait for deliveries and sends that are under way
     */
    public record Shutdown(@DefaultValue("30s") Duration drainTimeout) {
    }

    /**
     * Tables in the database.
     *
     * @param initializeSchema when the tables are created
     * @param tablePrefix start of every table's name
     * @param dataSource bean name of the DataSource, needed where there are several and
     * none is primary
     */
    public record Jdbc(@DefaultValue("embedded") SchemaInitialization initializeSchema,
            @DefaultValue("reliable_mq_") String tablePrefix, @Nullable String dataSource) {
    }

    /**
     * One consumer group.
     *
     * @param retry what to do after a failure
     * @param idempotency how the listener is guarded; wins over its annotation
     * @param batch messages per transaction; only 1 in this version
     * @param threads number of consuming threads
     */
    public record Listener(@DefaultValue Retry retry, @DefaultValue Guard idempotency, @Nullable Integer batch,
            @Nullable Integer threads) {

        /**
         * What to do after a failure.
         *
         * @param maxAttempts failures after which a message is parked, 0 for never; 16
         * for concurrent listeners and 0 for ordered ones when not set
         * @param backoff waits after the first, second, … failure, the last one repeats;
         * the broker's own waits when not set
         * @param notRetryable exception classes after which a message is parked at once
         */
        public record Retry(@Nullable Integer maxAttempts, @Nullable List<Duration> backoff,
                @Nullable List<Class<? extends Throwable>> notRetryable) {
        }

        /**
         * How the listener is guarded.
         *
         * @param key SpEL expression for what makes two messages the same
         * @param store where the records are kept
         * @param mode how record and effect are tied together
         * @param lease how long a claim lasts without renewal
         * @param retention how long records are remembered
         * @param transactionManager bean name of the transaction manager
         */
        public record Guard(@Nullable String key, @Nullable IdempotencyStoreType store, @Nullable IdempotencyMode mode,
                @Nullable Duration lease, @Nullable Duration retention, @Nullable String transactionManager) {
        }

    }

}
