package io.reliablemq.jdbc;

import java.util.LinkedHashMap;
import java.util.Map;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanWrapperImpl;
import org.springframework.beans.PropertyAccessorFactory;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Finds the transaction managers that begin transactions on a DataSource: those that have
 * it as their {@code dataSource} property (JDBC, JPA, Hibernate).
 */
public final class TransactionManagers {

    private TransactionManagers() {
    }

    /**
     * Picks the managers of a DataSource.
     * @param dataSource the DataSource, maybe wrapped
     * @param candidates managers by bean name
     * @return those that manage it, by bean name
     */
    public static Map<String, PlatformTransactionManager> of(DataSource dataSource,
            Map<String, PlatformTransactionManager> candidates) {
        Map<String, PlatformTransactionManager> found = new LinkedHashMap<>();
        candidates.forEach((name, manager) -> {
            DataSource managed = dataSourceOf(manager);
            if (managed != null && unwrap(managed) == unwrap(dataSource)) {
                found.put(name, manager);
            }
        });
        return found;
    }

    private static @Nullable DataSource dataSourceOf(PlatformTransactionManager manager) {
        BeanWrapperImpl properties = (BeanWrapperImpl) PropertyAccessorFactory.forBeanPropertyAccess(manager);
        return (properties.isReadableProperty("dataSource")
                && properties.getPropertyValue("dataSource") instanceof DataSource dataSource) ? dataSource : null;
    }

    /** As transaction managers do: they bind connections to the target. */
    private static DataSource unwrap(DataSource dataSource) {
        return (dataSource instanceof TransactionAwareDataSourceProxy proxy && proxy.getTargetDataSource() != null)
                ? proxy.getTargetDataSource() : dataSource;
    }

}
