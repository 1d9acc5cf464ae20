package io.reliablemq.autoconfigure;

import java.util.Map;

import javax.sql.DataSource;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.jdbc.JdbcWorkerIdAllocator;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcOperations;

/**
 * State in the database: records of effects, failed attempts, worker ids.
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
@ConditionalOnProperty(name = "reliable-mq.enabled", matchIfMissing = true)
@ConditionalOnClass(JdbcOperations.class)
@ConditionalOnBean(DataSource.class)
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQJdbcAutoConfiguration {

    @Bean
    @ConditionalOnExpression("'${reliable-mq.id.allocator:auto}'.toLowerCase() != 'redis'")
    @ConditionalOnMissingBean(WorkerIdAllocator.class)
    @DependsOnDatabaseInitialization
    JdbcWorkerIdAllocator reliableMQJdbcWorkerIds(ListableBeanFactory beans, ReliableMQProperties properties) {
        return new JdbcWorkerIdAllocator(dataSource(beans, properties), properties.jdbc().tablePrefix());
    }

    private static DataSource dataSource(ListableBeanFactory beans, ReliableMQProperties properties) {
        String name = properties.jdbc().dataSource();
        if (name != null) {
            return beans.getBean(name, DataSource.class);
        }
        DataSource only = beans.getBeanProvider(DataSource.class).getIfUnique();
        if (only == null) {
            Map<String, DataSource> all = beans.getBeansOfType(DataSource.class);
            throw new InvalidConfigurationException(
                    "The application has several DataSources and none is primary: " + all.keySet() + ".",
                    "Name the one that holds the effects of the listeners: reliable-mq.jdbc.data-source.");
        }
        return only;
    }

}
