package io.reliablemq.autoconfigure;

import javax.sql.DataSource;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.jdbc.datasource.SimpleDriverDataSource;

/**
 * Provides connections outside the pool, for tasks that must not wait until a listener
 * returns one.
 */
final class Unpooled {

    private static final Logger logger = LoggerFactory.getLogger(Unpooled.class);

    private Unpooled() {
    }

    /**
     * Derives a DataSource without a pool.
     * @param pool the application's DataSource
     * @return one with the same settings, or the pool itself where they cannot be read
     */
    static DataSource of(DataSource pool) {
        try {
            return DataSourceBuilder.derivedFrom(pool).type(SimpleDriverDataSource.class).build();
        }
        catch (RuntimeException ex) {
            logger.info("Leases are renewed over a connection of {} itself ({}): give that pool one connection more"
                    + " than the listeners have threads.", pool.getClass().getName(), ex.getMessage());
            return pool;
        }
    }

}
