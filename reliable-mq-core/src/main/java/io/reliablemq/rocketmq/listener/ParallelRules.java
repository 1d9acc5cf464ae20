package io.reliablemq.rocketmq.listener;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.idempotency.IdempotencyMode;
import io.reliablemq.listener.ListenerSettings;
import io.reliablemq.rocketmq.ListenerDescription;

/**
 * Rules for listeners with several messages in flight per consuming thread.
 */
record ParallelRules(ListenerDescription listener, ListenerSettings settings) {

    /** Asynchronous listeners are guarded in LEASE mode. */
    ListenerSettings check() {
        boolean async = this.listener.asyncListener() != null;
        boolean virtual = this.settings.concurrency().virtualThreads();
        String property = "reliable-mq.listeners.\"[" + this.listener.group() + "]\".";
        if (!async && !virtual) {
            if (this.settings.concurrency().asyncInFlight() != null) {
                throw refused("has async-in-flight, but is neither an AsyncListener nor on virtual threads",
                        "Implement AsyncListener, set " + property + "virtual-threads=true, or remove the property.");
            }
            return this.settings;
        }
        if (async && virtual) {
            throw refused("is an AsyncListener and is to run on virtual threads",
                    "Remove " + property + "virtual-threads: an AsyncListener blocks no thread.");
        }
        if (this.listener.ordered()) {
            throw refused("consumes in order, but would have several messages of a queue under way",
                    "Use ConsumeMode.CONCURRENTLY, or remove " + (async ? "AsyncListener." : "virtual-threads."));
        }
        if (!async || !this.listener.guarded()) {
            return this.settings;
        }
        if (this.settings.mode() == IdempotencyMode.TRANSACTIONAL) {
            throw refused(
                    "is an AsyncListener in TRANSACTIONAL mode: a transaction is bound to the thread that began it and"
                            + " does not follow the work to where it completes",
                    "Set " + property + "idempotency.mode=lease, or make it a blocking listener.");
        }
        return this.settings.withMode(IdempotencyMode.LEASE);
    }

    private InvalidConfigurationException refused(String reason, String action) {
        return new InvalidConfigurationException("The listener " + this.listener.targetClass().getName()
                + " (consumer group '" + this.listener.group() + "') " + reason + ".", action);
    }

}
