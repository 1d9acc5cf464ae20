package io.reliablemq.listener;

import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

import javax.sql.DataSource;

import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.idempotency.TransactionalGuard;
import io.reliablemq.jdbc.PoolSize;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds up the threads of TRANSACTIONAL listeners, each of which holds a connection for as
 * long as its listener runs, and warns when a pool has fewer.
 */
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
        if (size.isPresent() && size.getAsInt() < sum) {
            logger.warn(
                    "With consumer group '{}' the listeners have {} threads that each hold a connection, but the"
                            + " pool has only {}: threads wait for each other. Raise the pool's size, or lower"
                            + " consumeThreadNumber or reliable-mq.listeners.\"[{}]\".threads.",
                    group, sum, size.getAsInt(), group);
        }
    }

}
