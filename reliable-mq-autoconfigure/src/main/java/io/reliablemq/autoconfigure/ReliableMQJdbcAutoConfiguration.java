package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.List;

import javax.sql.DataSource;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.jdbc.JdbcWorkerIdAllocator;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.idempotency.IdentityClashes;
import io.reliablemq.idempotency.LeaseKeeper;
import io.reliablemq.idempotency.jdbc.JdbcIdempotencyStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.JdbcSchema;
import io.reliablemq.jdbc.Tables;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.retry.jdbc.JdbcAttemptStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.EmbeddedDatabaseConnection;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.datasource.lookup.AbstractRoutingDataSource;

/**
 * Auto-configuration of state in the database: idempotency records, attempts, worker ids.
 */
@AutoConfiguration(afterName = { "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
        "org.springframework.boot.autoconfigure.jdbc.DataSourceTransactionManagerAutoConfiguration",
        "org.springframework.boot.autoconfigure.orm.jpa.HibernateJpaAutoConfiguration",
        "org.springframework.boot.autoconfigure.flyway.FlywayAutoConfiguration",
        "org.springframework.boot.autoconfigure.liquibase.LiquibaseAutoConfiguration",
        "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
        "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
        "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
        "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration",
        "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration",
        "org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration",
        "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration" })
@ConditionalOnFlag("reliable-mq.enabled")
// An application that keeps its state in Redis has a database of which nothing is asked
// here.
@ConditionalOnSetting(name = "reliable-mq.idempotency.store", type = IdempotencyStoreType.class, not = "REDIS")
@ConditionalOnClass(JdbcOperations.class)
@ConditionalOnBean(DataSource.class)
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQJdbcAutoConfiguration {

    private static final Logger logger = LoggerFactory.getLogger(ReliableMQJdbcAutoConfiguration.class);

    /**
     * The database with the library's tables, which are checked, and created if
     * configured.
     * @param beans finds the DataSource
     * @param properties the properties
     * @return the database
     */
    @Bean
    @ConditionalOnMissingBean
    @DependsOnDatabaseInitialization
    JdbcDatabase reliableMQDatabase(ListableBeanFactory beans, ReliableMQProperties properties) {
        ReliableMQProperties.Jdbc jdbc = properties.jdbc();
        JdbcDatabase database = JdbcDatabase.detect(dataSource(beans, jdbc.dataSource()),
                new Tables(jdbc.tablePrefix()));
        JdbcSchema schema = new JdbcSchema(database);
        if (isToBeCreated(jdbc.initializeSchema(), database)) {
            schema.create();
        }
        schema.validate();
        return database;
    }

    @Bean
    @ConditionalOnMissingBean
    JdbcIdempotencyStore reliableMQJdbcIdempotencyStore(JdbcDatabase database, ReliableMQProperties properties,
            ObjectProvider<MeterRegistry> meters) {
        return new JdbcIdempotencyStore(database, Unpooled.of(database.dataSource()),
                properties.idempotency().lockWait(), Clock.systemUTC(), new IdentityClashes(Unique.meters(meters)));
    }

    @Bean
    @ConditionalOnMissingBean
    JdbcAttemptStore reliableMQJdbcAttemptStore(JdbcDatabase database) {
        return new JdbcAttemptStore(database);
    }

    /**
     * The backend of listeners that keep their state in the database.
     * @param database the database
     * @param store idempotency records
     * @param attempts failed attempts
     * @param meters counts lost leases
     * @param properties decide when claims are completed
     * @return the backend
     */
    @Bean
    @Order(0)
    StoreBackend reliableMQJdbcBackend(JdbcDatabase database, JdbcIdempotencyStore store, JdbcAttemptStore attempts,
            ObjectProvider<MeterRegistry> meters, ReliableMQProperties properties) {
        return new StoreBackend(IdempotencyStoreType.JDBC, store, attempts,
                new LeaseKeeper(store, Unique.meters(meters), properties.idempotency().deferredCompletion()),
                database.dataSource(), () -> warnIfRouting(database.dataSource()));
    }

    @Bean
    @ConditionalOnSetting(name = "reliable-mq.id.allocator", type = WorkerIdAllocation.class, not = "REDIS")
    @ConditionalOnMissingBean(WorkerIdAllocator.class)
    JdbcWorkerIdAllocator reliableMQJdbcWorkerIds(JdbcDatabase database) {
        return new JdbcWorkerIdAllocator(database.dataSource(), database.tables().prefix());
    }

    private static boolean isToBeCreated(SchemaInitialization initialization, JdbcDatabase database) {
        return initialization == SchemaInitialization.ALWAYS || (initialization == SchemaInitialization.EMBEDDED
                && EmbeddedDatabaseConnection.isEmbedded(database.dataSource()));
    }

    private static void warnIfRouting(DataSource dataSource) {
        if (dataSource instanceof AbstractRoutingDataSource) {
            logger.warn("The DataSource of the idempotency records routes to others ({}). A listener's effects and"
                    + " their record must reach the same database: name that one by reliable-mq.jdbc.data-source.",
                    dataSource.getClass().getName());
        }
    }

    private static DataSource dataSource(ListableBeanFactory beans, @Nullable String name) {
        if (name != null) {
            if (!beans.containsBean(name)) {
                throw new InvalidConfigurationException(
                        "There is no DataSource '" + name + "', which reliable-mq.jdbc.data-source names.",
                        "Name one of " + List.of(beans.getBeanNamesForType(DataSource.class)) + ".");
            }
            return beans.getBean(name, DataSource.class);
        }
        DataSource only = beans.getBeanProvider(DataSource.class).getIfUnique();
        if (only == null) {
            throw new InvalidConfigurationException(
                    "The application has several DataSources and none is primary: "
                            + List.of(beans.getBeanNamesForType(DataSource.class)) + ".",
                    "Name the one that holds the effects of the listeners: reliable-mq.jdbc.data-source.");
        }
        return only;
    }

}
