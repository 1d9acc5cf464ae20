package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.deadletter.DeadLetterStorage;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.listener.ListenerPriority;
import io.reliablemq.listener.OverloadAction;
import io.reliablemq.message.MessagePriority;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.producer.StorageStatus;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.durability.FlushMode;
import io.reliablemq.rocketmq.durability.OnViolation;
import io.reliablemq.topic.TopicsOnStart;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.scheduling.support.CronExpression;
import org.springframework.util.unit.DataSize;

/**
 * Properties of the library.
 *
 * @param enabled Whether the library does anything
 * @param id Message ids
 * @param producer Sending
 * @param idempotency Defaults of the guarded listeners
 * @param deadLetter Messages that listeners could not process
 * @param outbox Messages stored before they are sent
 * @param ledger Ledger of direct sends
 * @param durability Expected durability of the brokers
 * @param trace Message tracing
 * @param reconcile Comparison of sent and consumed messages
 * @param backlog Backlog of the consumer groups
 * @param adaptive Adaptive thread counts of listeners
 * @param shutdown Shutdown of the application
 * @param jdbc Tables in the database
 * @param delayLevels Redelivery delays of the broker, as in its messageDelayLevel
 * @param topic Declared topics
 * @param topics Topics that the application declares; write the name in brackets, as in
 * "[my_topic]"
 * @param listeners Settings per consumer group; write the group in brackets, as in
 * "[my_group]"
 * @param degradation Degradation of less important listeners under overload
 */
@ConfigurationProperties("reliable-mq")
public record ReliableMQProperties(@DefaultValue("true") boolean enabled, @DefaultValue Id id,
        @DefaultValue Producer producer, @DefaultValue Idempotency idempotency, @DefaultValue DeadLetter deadLetter,
        @DefaultValue Outbox outbox, @DefaultValue Ledger ledger, @DefaultValue Reconcile reconcile,
        @DefaultValue Durability durability, @DefaultValue Trace trace, @DefaultValue Backlog backlog,
        @DefaultValue Adaptive adaptive, @DefaultValue Shutdown shutdown, @DefaultValue Jdbc jdbc,
        @DefaultValue(DelayLevels.DEFAULT) String delayLevels, @DefaultValue Topic topic,
        @DefaultValue Map<String, DeclaredTopic> topics, @DefaultValue Map<String, Listener> listeners,
        @DefaultValue Degradation degradation) {

    /**
     * Message ids.
     *
     * @param workerId Worker id of this node, 0 to 1023, different on every node; leased
     * from the database or Redis when not set
     * @param allocator Where the worker id is leased
     * @param space Name of the id space, the same on all instances that share the worker
     * ids: letters a to z, digits and hyphens, up to 32. When not set, it is generated
     * and stored with the leases of the worker ids; with a fixed worker id, derived from
     * the application's name
     * @param clockBackwardWait Longest backward step of the clock that is waited out; a
     * longer one fails the send
     */
    public record Id(@Nullable Integer workerId, @DefaultValue("auto") WorkerIdAllocation allocator,
            @Nullable String space, @DefaultValue("10ms") Duration clockBackwardWait) {

        /**
         * Checks the values.
         * @throws InvalidConfigurationException if one is invalid
         */
        public Id {
            if (workerId != null) {
                PropertyCheck.inRange("reliable-mq.id.worker-id", workerId, 0, 1023);
            }
            PropertyCheck.idSpace("reliable-mq.id.space", space);
            PropertyCheck.notNegative("reliable-mq.id.clock-backward-wait", clockBackwardWait);
        }

    }

    /**
     * Sending.
     *
     * @param maxAttempts Attempts per message, the first one included
     * @param backoff Waits between attempts
     * @param attemptTimeout Timeout of one attempt; longer than the broker's own waits
     * for disk (5 s) and replicas (3 s)
     * @param deadline Time limit of one send, all attempts and waits included
     * @param requiredStatus Least status that counts as an acknowledgement
     * @param maxInFlight Most asynchronous sends in flight; further ones wait up to the
     * deadline
     * @param mdcKeys Values of the logging context (MDC) that are propagated in messages,
     * through the outbox as well, and restored while a listener runs
     * @param rateLimits Messages per second and instance, by topic; write the topic in
     * brackets, as in "[my_topic]"
     * @param priorityTopics Topics for messages of a priority (high, normal, low), by the
     * topic they are sent to; write the topic in brackets, as in "[my_topic]"
     */
    public record Producer(@DefaultValue("4") int maxAttempts, @DefaultValue Backoff backoff,
            @DefaultValue("6s") Duration attemptTimeout, @DefaultValue("15s") Duration deadline,
            @DefaultValue("replicated") StorageStatus requiredStatus, @DefaultValue("1000") int maxInFlight,
            @DefaultValue List<String> mdcKeys, @DefaultValue Map<String, Double> rateLimits,
            @DefaultValue Map<String, Map<MessagePriority, String>> priorityTopics) {

        /**
         * Waits between attempts.
         *
         * @param initial Wait after the first attempt
         * @param multiplier Factor from each wait to the next
         * @param max Longest wait
         * @param jitter Share of each wait that is random, 0 to 1
         */
        public record Backoff(@DefaultValue("100ms") Duration initial, @DefaultValue("2") double multiplier,
                @DefaultValue("2s") Duration max, @DefaultValue("0.2") double jitter) {
        }

    }

    /**
     * Guarded listeners.
     *
     * @param store Where the records are kept
     * @param mode Whether record and effect share a transaction or the record is a lease
     * @param lease How long a claim lasts without renewal
     * @param lockWait Longest wait for a concurrent transaction on the same message
     * @param retention How long records are remembered
     * @param replayAllowance How long after its last retry a message may be replayed
     * @param allowShortRetention Whether a retention that cannot stop every duplicate is
     * accepted
     * @param deferredCompletion Whether claims are completed in batches, a short time
     * after their listeners have ended, in LEASE mode; a crash before that repeats
     * effects
     * @param redis Records in Redis
     */
    public record Idempotency(@DefaultValue("auto") IdempotencyStoreType store,
            @DefaultValue("auto") IdempotencyMode mode, @DefaultValue("1m") Duration lease,
            @DefaultValue("5s") Duration lockWait, @DefaultValue("7d") Duration retention,
            @DefaultValue("3d") Duration replayAllowance, @DefaultValue("false") boolean allowShortRetention,
            @DefaultValue("false") boolean deferredCompletion, @DefaultValue Redis redis) {

        /**
         * Checks the values.
         * @throws InvalidConfigurationException if one is invalid
         */
        public Idempotency {
            PropertyCheck.positive("reliable-mq.idempotency.lease", lease);
            PropertyCheck.positive("reliable-mq.idempotency.lock-wait", lockWait);
            PropertyCheck.positive("reliable-mq.idempotency.retention", retention);
            PropertyCheck.notNegative("reliable-mq.idempotency.replay-allowance", replayAllowance);
            if (deferredCompletion && mode == IdempotencyMode.TRANSACTIONAL) {
                throw new InvalidConfigurationException(
                        "reliable-mq.idempotency.deferred-completion is true, but reliable-mq.idempotency.mode is"
                                + " transactional, where the record is committed with the effect: there is nothing to"
                                + " complete later.",
                        "Remove reliable-mq.idempotency.deferred-completion, or set reliable-mq.idempotency.mode to lease"
                                + " and the listeners that are to be transactional one by one.");
            }
        }

        /**
         * Records in Redis.
         *
         * @param keyPrefix Prefix of every key
         */
        public record Redis(@DefaultValue("reliable-mq:") String keyPrefix) {
        }

    }

    /**
     * Messages that listeners could not process.
     *
     * @param storage Where parked messages are kept
     * @param retention How long resolved and discarded letters, and those of messages
     * dropped under overload, are kept; other parked ones stay
     * @param replayTimeout Time limit for a listener to process a replayed message,
     * before its letter is parked again
     * @param showPayload When the actuator endpoint shows payloads and headers
     */
    public record DeadLetter(@DefaultValue("auto") DeadLetterStorage storage, @DefaultValue("30d") Duration retention,
            @DefaultValue("1h") Duration replayTimeout, @DefaultValue("never") PayloadVisibility showPayload) {

        /**
         * Checks the values.
         * @throws InvalidConfigurationException if one is invalid
         */
        public DeadLetter {
            PropertyCheck.positive("reliable-mq.dead-letter.retention", retention);
            PropertyCheck.positive("reliable-mq.dead-letter.replay-timeout", replayTimeout);
        }

    }

    /**
     * Expected durability of the brokers.
     *
     * @param flush Expected flush mode of the brokers
     * @param inSyncReplicas Expected number of copies when a message is acknowledged, the
     * master's included
     * @param onViolation Reaction to weaker durability of a broker
     * @param interval Time between two audits of the brokers' configuration, 0 for a
     * single audit at start-up
     * @param topics Topics whose brokers are audited before the first message is sent to
     * them
     */
    public record Durability(@Nullable FlushMode flush, @Nullable Integer inSyncReplicas,
            @DefaultValue("warn") OnViolation onViolation, @DefaultValue("10m") Duration interval,
            @DefaultValue List<String> topics) {

        /**
         * Checks the values.
         * @throws InvalidConfigurationException if one is invalid
         */
        public Durability {
            PropertyCheck.notNegative("reliable-mq.durability.interval", interval);
        }

    }

    /**
     * Messages stored before they are sent.
     *
     * @param mode Which messages are stored before they are sent
     * @param lease Lease of the messages that an instance has claimed for sending; longer
     * than two attempts
     * @param batchSize Messages sent and marked together, 1 to 1000; a backlog is claimed
     * in up to five times as many
     * @param poll Longest pause between two polls for messages
     * @param retention How long messages are kept after they were sent
     * @param threads Concurrent sends of the relay
     */
    public record Outbox(@DefaultValue("transactional") OutboxMode mode, @DefaultValue("30s") Duration lease,
            @DefaultValue("100") int batchSize, @DefaultValue("1s") Duration poll,
            @DefaultValue("7d") Duration retention, @DefaultValue("8") int threads) {
    }

    /**
     * Ledger of direct sends.
     *
     * @param topics Topics whose direct sends are recorded in the ledger, for
     * reconciliation
     */
    public record Ledger(@DefaultValue List<String> topics) {
    }

    /**
     * Message tracing.
     *
     * @param rocketmq Whether RocketMQ's own message trace is switched on for the
     * application's producer and listeners
     */
    public record Trace(@DefaultValue("false") boolean rocketmq) {
    }

    /**
     * Comparison of sent and consumed messages.
     *
     * @param enabled Whether this application can run reconciliation
     * @param cron Schedule of the comparison of the previous day; never when not set
     * @param window Length of the sliding window that is compared periodically; none when
     * not set
     * @param interval Time between two comparisons of the sliding window
     * @param grace How long after it was sent, due or sent again a message does not yet
     * count as missing; longer than the longest transaction that sends
     * @param maxPerRun Most messages that one run sends again
     * @param dryRun Whether losses are only reported, not sent again
     * @param rate Most messages sent again per second
     * @param examples Most message ids listed in a report per group and verdict
     * @param lock Where the locks are kept that let scheduled runs run on one instance at
     * a time
     * @param sourceTimeout Timeout for the endpoint of another service's application, if
     * no client is named
     * @param groups Consumer groups of other services; write the group in brackets, as in
     * "[my_group]"
     */
    public record Reconcile(@DefaultValue("true") boolean enabled, @Nullable String cron, @Nullable Duration window,
            @DefaultValue("5m") Duration interval, @DefaultValue("10m") Duration grace,
            @DefaultValue("1000") int maxPerRun, @DefaultValue("true") boolean dryRun, @DefaultValue("200") double rate,
            @DefaultValue("20") int examples, @DefaultValue("auto") ReconcileLockStore lock,
            @DefaultValue("30s") Duration sourceTimeout, @DefaultValue Map<String, Group> groups) {

        private static final Set<String> NO_CRON = Set.of("", "-", "off", "false", "no");

        /**
         * Checks the values.
         * @throws InvalidConfigurationException if one is invalid
         */
        public Reconcile {
            PropertyCheck.positive("reliable-mq.reconcile.window", window);
            PropertyCheck.positive("reliable-mq.reconcile.interval", interval);
            PropertyCheck.positive("reliable-mq.reconcile.source-timeout", sourceTimeout);
            cron = cronOrNone(cron);
            if (cron != null && !CronExpression.isValidExpression(cron)) {
                throw new InvalidConfigurationException("reliable-mq.reconcile.cron is '" + cron + "'.",
                        "Write six fields (second, minute, hour, day, month, weekday), for example 0 30 2 * * *; or -"
                                + " for never.");
            }
        }

        /** Spring writes "-" for never; YAML makes "false" of an off without quotes. */
        static @Nullable String cronOrNone(@Nullable String cron) {
            return (cron == null || NO_CRON.contains(cron.trim().toLowerCase(Locale.ROOT))) ? null : cron;
        }

        /**
         * A consumer group of another service.
         *
         * @param source Location of its records: bean name of a DataSource, "redis", or
         * the address of its application's endpoint reliablemqreconcile
         * @param client Bean name of the RestClient that calls the endpoint; built by the
         * application's RestClient.Builder when not set
         */
        public record Group(String source, @Nullable String client) {
        }

    }

    /**
     * Backlog of the consumer groups.
     *
     * @param enabled Whether the brokers are queried for backlogs
     * @param poll Time between two polls
     * @param slowAfter Age of the oldest waiting message from which on a group is SLOW
     * @param stalledAfter How long a queue's offset does not advance while messages wait
     * before the queue is STALLED
     * @param health Limits for the groups of this application
     * @param groups Groups of other services to monitor, and limits of single groups;
     * write the group in brackets, as in "[my_group]"
     */
    public record Backlog(@DefaultValue("true") boolean enabled, @DefaultValue("15s") Duration poll,
            @DefaultValue("30s") Duration slowAfter, @DefaultValue("1m") Duration stalledAfter,
            @DefaultValue Health health, @DefaultValue Map<String, Watched> groups) {

        /**
         * Checks the values.
         * @throws InvalidConfigurationException if one is invalid
         */
        public Backlog {
            PropertyCheck.positive("reliable-mq.backlog.poll", poll);
            PropertyCheck.positive("reliable-mq.backlog.slow-after", slowAfter);
            PropertyCheck.positive("reliable-mq.backlog.stalled-after", stalledAfter);
            PropertyCheck.limits("reliable-mq.backlog.health.", health.lag(), health.lagTime(), health.stalledFor());
            groups.forEach((name, group) -> PropertyCheck.limits("reliable-mq.backlog.groups." + name + ".",
                    group.lag(), group.lagTime(), group.stalledFor()));
        }

        /**
         * Limits beyond which health is DOWN.
         *
         * @param lag Most waiting messages per group and topic; no limit when not set
         * @param lagTime Greatest age of a waiting message; no limit when not set
         * @param stalledFor How long a queue's offset may fail to advance while messages
         * wait, 0 for no limit
         */
        public record Health(@Nullable Long lag, @Nullable Duration lagTime, @DefaultValue("5m") Duration stalledFor) {
        }

        /**
         * A consumer group.
         *
         * @param topics Its topics, if it is a group of another service; detected when
         * not set
         * @param lag Most waiting messages per topic
         * @param lagTime Greatest age of a waiting message
         * @param stalledFor How long the offset of one of its queues may fail to advance
         * while messages wait, 0 for no limit
         */
        public record Watched(@DefaultValue List<String> topics, @Nullable Long lag, @Nullable Duration lagTime,
                @Nullable Duration stalledFor) {
        }

    }

    /**
     * Adaptive thread counts of listeners.
     *
     * @param interval Time between two checks of each listener
     * @param errorRate Share of failed deliveries above the usual one from which on
     * threads are removed
     * @param maxCpu CPU usage of this process, 0 to 1, above which no threads are added
     */
    public record Adaptive(@DefaultValue("1s") Duration interval, @DefaultValue("0.1") double errorRate,
            @DefaultValue("0.9") double maxCpu) {
    }

    /**
     * Shutdown of the application.
     *
     * @param drainTimeout Longest wait for running deliveries and asynchronous sends in
     * flight
     */
    public record Shutdown(@DefaultValue("30s") Duration drainTimeout) {
    }

    /**
     * Tables in the database.
     *
     * @param initializeSchema When the tables are created
     * @param tablePrefix Prefix of every table's name
     * @param dataSource Bean name of the DataSource; required if there are several and
     * none is primary
     */
    public record Jdbc(@DefaultValue("embedded") SchemaInitialization initializeSchema,
            @DefaultValue("reliable_mq_") String tablePrefix, @Nullable String dataSource) {
    }

    /**
     * Degradation of less important listeners under overload.
     *
     * @param enabled Whether the backlog of critical listeners and this instance's CPU
     * usage are monitored; if a listener has a priority or an on-overload when not set
     * @param interval Time between two checks
     * @param lagTime Age of the oldest message waiting for a critical listener at which
     * other listeners are degraded
     * @param recoverBelow Age below which they may recover
     * @param cpu CPU usage of this instance, 0 to 1, at which other listeners are
     * degraded; 0 to ignore it
     * @param cpuRecoverBelow CPU usage below which they may recover
     * @param checks Consecutive checks that must exceed a limit
     * @param escalateAfter How long the first level may be insufficient before the second
     * follows
     * @param escalateLagTime Age at which the second level follows the first without that
     * wait
     * @param hold How long all values must be below the recovery limits before the level
     * is lowered by one
     * @param staleAfter Age from which on a snapshot of the backlog counts as unknown
     * @param slowRate Messages per second and instance of a slowed listener
     * @param deferDelay Shortest wait of a deferred message; doubled each time, up to 16
     * times as long
     */
    public record Degradation(@Nullable Boolean enabled, @DefaultValue("5s") Duration interval,
            @DefaultValue("30s") Duration lagTime, @DefaultValue("10s") Duration recoverBelow,
            @DefaultValue("0.95") double cpu, @DefaultValue("0.8") double cpuRecoverBelow,
            @DefaultValue("3") int checks, @DefaultValue("1m") Duration escalateAfter,
            @DefaultValue("2m") Duration escalateLagTime, @DefaultValue("1m") Duration hold,
            @DefaultValue("1m") Duration staleAfter, @DefaultValue("10") double slowRate,
            @DefaultValue("30s") Duration deferDelay) {
    }

    /**
     * Declared topics.
     *
     * @param onStart Action on declared topics at start-up
     * @param failFast Whether start-up fails if a declared topic is missing, differs or
     * cannot be checked
     */
    public record Topic(@DefaultValue("check") TopicsOnStart onStart, @DefaultValue("false") boolean failFast) {
    }

    /**
     * One topic.
     *
     * @param queues Queues on each broker
     * @param order Whether its messages are consumed in order
     * @param cluster RocketMQ cluster of the topic; required if the name server knows
     * several
     */
    public record DeclaredTopic(@DefaultValue("8") int queues, @DefaultValue("false") boolean order,
            @Nullable String cluster) {
    }

    /**
     * One consumer group.
     *
     * @param retry Retries after a failure
     * @param idempotency Guard of the listener; takes precedence over its annotation
     * @param batch Messages that are claimed, and in TRANSACTIONAL mode committed,
     * together
     * @param savepoints Whether each message of a batch is processed after its own
     * savepoint, so that a failed one does not roll the others back (TRANSACTIONAL)
     * @param threads Number of consuming threads
     * @param maxThreads Upper limit for the number of threads at run time; 64, or the
     * initial number if higher, when not set
     * @param tuning Messages held in memory
     * @param adaptive Adaptive thread count
     * @param asyncInFlight Most messages of an AsyncListener, or on virtual threads, in
     * flight; 256 when not set
     * @param virtualThreads Whether each message is processed on a virtual thread; needs
     * Java 21
     * @param priority Importance of the listener under overload: critical, normal or low;
     * normal when not set
     * @param onOverload How the listener is degraded under overload; when not set, low
     * ones are paused, normal ones slowed, critical ones never degraded
     * @param rateLimit Messages per second and instance
     * @param concurrencyLimit Most messages processed at once per instance, whatever the
     * number of threads
     */
    public record Listener(@DefaultValue Retry retry, @DefaultValue Guard idempotency, @Nullable Integer batch,
            @DefaultValue("false") boolean savepoints, @Nullable Integer threads, @Nullable Integer maxThreads,
            @DefaultValue Tuning tuning, @DefaultValue AdaptiveThreads adaptive, @Nullable Integer asyncInFlight,
            @DefaultValue("false") boolean virtualThreads, @Nullable ListenerPriority priority,
            @Nullable OverloadAction onOverload, @Nullable Double rateLimit, @Nullable Integer concurrencyLimit) {

        /**
         * Messages held in memory; RocketMQ's own defaults when not set.
         *
         * @param prefetch Most messages held in memory per queue before pulling pauses
         * @param prefetchSize Most megabytes of messages held in memory per queue before
         * pulling pauses, in whole megabytes
         * @param pullBatch Messages requested per pull; the broker delivers at most 32
         * unless configured otherwise
         * @param pullInterval Pause between two pulls of one queue
         * @param concurrentSpan Largest distance between the offsets of the oldest
         * unfinished and the newest message of a queue before pulling pauses; no effect
         * on ordered listeners
         */
        public record Tuning(@Nullable Integer prefetch, @Nullable DataSize prefetchSize, @Nullable Integer pullBatch,
                @Nullable Duration pullInterval, @Nullable Integer concurrentSpan) {
        }

        /**
         * Adaptive thread count.
         *
         * @param enabled Whether the number of threads follows the load
         * @param minThreads Fewest threads
         * @param maxThreads Most threads; max-threads of the listener when not set
         */
        public record AdaptiveThreads(@DefaultValue("false") boolean enabled, @Nullable Integer minThreads,
                @Nullable Integer maxThreads) {
        }

        /**
         * Retries after a failure.
         *
         * @param maxAttempts Failures after which a message is parked, 0 for never; 16
         * for concurrent listeners and 0 for ordered ones when not set
         * @param backoff Waits after the first, second, … failure, the last wait repeats;
         * the broker's own waits when not set
         * @param notRetryable Exception classes after which a message is parked at once
         */
        public record Retry(@Nullable Integer maxAttempts, @Nullable List<Duration> backoff,
                @Nullable List<Class<? extends Throwable>> notRetryable) {
        }

        /**
         * Guard of the listener.
         *
         * @param key SpEL expression of the idempotency key
         * @param store Where the records are kept
         * @param mode Whether record and effect share a transaction or the record is a
         * lease
         * @param lease How long a claim lasts without renewal
         * @param retention How long records are remembered
         * @param transactionManager Bean name of the transaction manager
         */
        public record Guard(@Nullable String key, @Nullable IdempotencyStoreType store, @Nullable IdempotencyMode mode,
                @Nullable Duration lease, @Nullable Duration retention, @Nullable String transactionManager) {
        }

    }

}
