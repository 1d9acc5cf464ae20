package io.reliablemq.listener;

import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

import javax.sql.DataSource;

import io.reliablemq.Internal;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.jdbc.PoolSize;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds up the threads of TRANSACTIONAL listeners, each of which holds a connection for as
 * long as its listener runs, and warns when a pool has no more: with one more than that,
 * one thread at a time can have a second connection, for REQUIRES_NEW for example, and
 * they do not lock each other out.
 */
@Internal
public final class PoolBudget {

    private static final Logger logger = LoggerFactory.getLogger(PoolBudget.class);

    private final Map<DataSource, Integer> threads = new ConcurrentHashMap<>();

    /**
     * Creates a budget with nothing spent.
     */
    public PoolBudget() {
    }

    /**
     * Takes a listener's threads into account.
     * @param group consumer group
     * @param guard the listener's guard; only a TRANSACTIONAL one holds connections
     * @param dataSource where its connections come from
     * @param consumingThreads how many threads call the listener
     */
    public void spend(String group, IdempotencyGuard guard, DataSource dataSource, int consumingThreads) {
        if (!(guard instanceof TransactionalGuard)) {
            return;
        }
        int sum = this.threads.merge(dataSource, consumingThreads, Integer::sum);
        OptionalInt size = PoolSize.of(dataSource);
        if (size.isPresent() && size.getAsInt() == sum) {
            logger
                .warn("With consumer group '{}' the listeners have {} threads that each hold a connection, as many as the"
                        + " pool has. If one of them needs a second connection (REQUIRES_NEW, NOT_SUPPORTED, another"
                        + " thread that it waits for), all may wait for each other for ever: raise the pool's size by"
                        + " one at least, better to twice the threads.", group, sum);
        }
        if (size.isPresent() && size.getAsInt() < sum) {
            logger.warn(
                    "With consumer group '{}' the listeners have {} threads that each hold a connection, but the"
                            + " pool has only {}: threads wait for each other, for ever if one needs a second"
                            + " connection (REQUIRES_NEW). Raise the pool's size, or lower"
                            + " consumeThreadNumber or reliable-mq.listeners.\"[{}]\".threads.",
                    group, sum, size.getAsInt(), group);
        }
    }

}
