package io.reliablemq.autoconfigure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.reliablemq.backlog.BacklogLimits;
import io.reliablemq.backlog.BacklogOptions;
import io.reliablemq.degradation.DegradationOptions;
import io.reliablemq.listener.IdempotencyDefaults;
import io.reliablemq.listener.ListenerCatalog;
import io.reliablemq.listener.ListenerConcurrency;
import io.reliablemq.listener.ListenerLimits;
import io.reliablemq.listener.ListenerOverrides;
import io.reliablemq.outbox.OutboxOptions;
import io.reliablemq.producer.Backoff;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.reconcile.ReconcileOptions;
import io.reliablemq.rocketmq.durability.DurabilityExpectations;
import io.reliablemq.topic.TopicDeclaration;
import org.springframework.util.unit.DataSize;

/**
 * Maps properties to the options of core.
 */
final class PropertyMapping {

    private PropertyMapping() {
    }

    static ListenerCatalog catalog(ReliableMQProperties properties) {
        Map<String, ListenerOverrides> overrides = new LinkedHashMap<>();
        properties.listeners().forEach((group, listener) -> {
            PropertyCheck.listener(group, listener);
            overrides.put(group, overrides(listener));
        });
        return new ListenerCatalog(overrides);
    }

    private static ListenerOverrides overrides(ReliableMQProperties.Listener listener) {
        ReliableMQProperties.Listener.Guard guard = listener.idempotency();
        ReliableMQProperties.Listener.Retry retry = listener.retry();
        return new ListenerOverrides(guard.key(), guard.store(), guard.mode(), guard.lease(), guard.retention(),
                listener.batch(), listener.savepoints(), guard.transactionManager(), retry.maxAttempts(),
                retry.backoff(), retry.notRetryable(), listener.threads(), concurrency(listener), new ListenerLimits(
                        listener.priority(), listener.onOverload(), listener.rateLimit(), listener.concurrencyLimit()));
    }

    private static ListenerConcurrency concurrency(ReliableMQProperties.Listener listener) {
        ReliableMQProperties.Listener.Tuning tuning = listener.tuning();
        ReliableMQProperties.Listener.AdaptiveThreads adaptive = listener.adaptive();
        DataSize size = tuning.prefetchSize();
        return new ListenerConcurrency(listener.maxThreads(),
                new ListenerConcurrency.Pulling(tuning.prefetch(), (size != null) ? (int) size.toMegabytes() : null,
                        tuning.pullBatch(), tuning.pullInterval(), tuning.concurrentSpan()),
                new ListenerConcurrency.Adaptive(adaptive.enabled(), adaptive.minThreads(), adaptive.maxThreads()),
                listener.asyncInFlight(), listener.virtualThreads());
    }

    static IdempotencyDefaults defaults(ReliableMQProperties.Idempotency idempotency) {
        return new IdempotencyDefaults(idempotency.store(), idempotency.mode(), idempotency.lease(),
                idempotency.retention(), idempotency.replayAllowance(), idempotency.allowShortRetention());
    }

    static DurabilityExpectations expectations(ReliableMQProperties properties) {
        ReliableMQProperties.Durability durability = properties.durability();
        ReliableMQProperties.Idempotency idempotency = properties.idempotency();
        return new DurabilityExpectations(durability.flush(), durability.inSyncReplicas(),
                properties.producer().attemptTimeout(), idempotency.replayAllowance(),
                idempotency.allowShortRetention());
    }

    static ReconcileOptions reconcileOptions(ReliableMQProperties.Reconcile reconcile) {
        return ReconcileOptions.defaults()
            .withGrace(reconcile.grace())
            .withMaxPerRun(reconcile.maxPerRun())
            .withDryRun(reconcile.dryRun())
            .withRate(reconcile.rate())
            .withExamples(reconcile.examples());
    }

    static List<TopicDeclaration> topics(ReliableMQProperties properties) {
        return properties.topics()
            .entrySet()
            .stream()
            .map((it) -> new TopicDeclaration(it.getKey(), it.getValue().queues(), it.getValue().order(),
                    it.getValue().cluster()))
            .toList();
    }

    static SendOptions sendOptions(ReliableMQProperties properties) {
        ReliableMQProperties.Producer producer = properties.producer();
        ReliableMQProperties.Producer.Backoff backoff = producer.backoff();
        return SendOptions.defaults()
            .withMaxAttempts(producer.maxAttempts())
            .withBackoff(new Backoff(backoff.initial(), backoff.multiplier(), backoff.max(), backoff.jitter()))
            .withAttemptTimeout(producer.attemptTimeout())
            .withDeadline(producer.deadline())
            .withRequiredStatus(producer.requiredStatus())
            .withMaxInFlight(producer.maxInFlight())
            .withMdcKeys(producer.mdcKeys())
            .withDrainTimeout(properties.shutdown().drainTimeout());
    }

    static DegradationOptions degradationOptions(ReliableMQProperties.Degradation degradation) {
        return new DegradationOptions(degradation.interval(), degradation.lagTime(), degradation.recoverBelow(),
                degradation.cpu(), degradation.cpuRecoverBelow(), degradation.checks(), degradation.escalateAfter(),
                degradation.escalateLagTime(), degradation.hold(), degradation.staleAfter());
    }

    static OutboxOptions outboxOptions(ReliableMQProperties properties) {
        ReliableMQProperties.Outbox outbox = properties.outbox();
        SendOptions options = sendOptions(properties);
        return new OutboxOptions(outbox.lease(), outbox.batchSize(), outbox.poll(), outbox.retention(),
                outbox.threads(), options.attemptTimeout(), options.requiredStatus(), options.drainTimeout());
    }

    static BacklogOptions backlogOptions(ReliableMQProperties.Backlog backlog) {
        return new BacklogOptions(backlog.poll(), backlog.slowAfter(), backlog.stalledAfter());
    }

    static Map<String, List<String>> backlogTopics(ReliableMQProperties.Backlog backlog) {
        Map<String, List<String>> topics = new LinkedHashMap<>();
        backlog.groups().forEach((group, settings) -> topics.put(group, settings.topics()));
        return topics;
    }

    /** The limits of all groups apply to the application's own. */
    static BacklogLimits backlogLimits(ReliableMQProperties.Backlog backlog, String group, boolean own) {
        ReliableMQProperties.Backlog.Health health = backlog.health();
        BacklogLimits common = own ? new BacklogLimits(health.lag(), health.lagTime(), health.stalledFor())
                : BacklogLimits.none();
        ReliableMQProperties.Backlog.Watched settings = backlog.groups().get(group);
        BacklogLimits limits = (settings != null)
                ? new BacklogLimits(settings.lag(), settings.lagTime(), settings.stalledFor()).or(common) : common;
        boolean unlimited = limits.stalledFor() != null && limits.stalledFor().isZero();
        return unlimited ? new BacklogLimits(limits.lag(), limits.lagTime(), null) : limits;
    }

}
