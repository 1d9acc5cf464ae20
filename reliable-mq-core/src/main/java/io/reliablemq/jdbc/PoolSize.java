package io.reliablemq.jdbc;

import java.util.List;
import java.util.OptionalInt;

import javax.sql.DataSource;

import org.springframework.beans.BeanWrapper;
import org.springframework.beans.PropertyAccessorFactory;

/**
 * Reads the maximum size of a connection pool: HikariCP, Commons DBCP, Tomcat JDBC.
 */
public final class PoolSize {

    private static final List<String> PROPERTIES = List.of("maximumPoolSize", "maxTotal", "maxActive");

    private PoolSize() {
    }

    /**
     * Asks a pool.
     * @param dataSource the pool, or any other DataSource
     * @return its size, empty if it does not say
     */
    public static OptionalInt of(DataSource dataSource) {
        BeanWrapper properties = PropertyAccessorFactory.forBeanPropertyAccess(dataSource);
        return PROPERTIES.stream()
            .filter(properties::isReadableProperty)
            .map(properties::getPropertyValue)
            .filter((value) -> value instanceof Integer size && size > 0)
            .mapToInt((value) -> (Integer) value)
            .findFirst();
    }

}
