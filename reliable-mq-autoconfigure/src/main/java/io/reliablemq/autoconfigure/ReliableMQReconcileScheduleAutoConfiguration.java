package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.ZoneId;
import java.util.Locale;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.ReconcileSchedule;
import io.reliablemq.reconcile.ReconcileSchedule.RunLock;
import io.reliablemq.reconcile.Reconciler;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.provider.jdbctemplate.JdbcTemplateLockProvider;
import net.javacrumbs.shedlock.provider.redis.spring.RedisLockProvider;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Reconciliation by itself, on one instance at a time by ShedLock.
 */
@AutoConfiguration(after = ReliableMQReconcileAutoConfiguration.class)
@ConditionalOnBean(Reconciler.class)
@Conditional(ReliableMQReconcileScheduleAutoConfiguration.Scheduled.class)
public class ReliableMQReconcileScheduleAutoConfiguration {

    /**
     * Runs when it is time.
     * @param reconciler compares
     * @param runs remembers runs
     * @param locks keep other instances out
     * @param properties the properties
     * @return the schedule
     */
    @Bean(destroyMethod = "stop")
    @ConditionalOnMissingBean
    ReconcileSchedule reliableMQReconcileSchedule(Reconciler reconciler, ReconcileRuns runs,
            ObjectProvider<RunLock> locks, ReliableMQProperties properties) {
        ReliableMQProperties.Reconcile reconcile = properties.reconcile();
        RunLock lock = locks.orderedStream()
            .findFirst()
            .orElseThrow(() -> new InvalidConfigurationException(
                    "Reconciliation is scheduled (reliable-mq.reconcile.cron or .window), but nothing makes sure that"
                            + " one instance runs at a time.",
                    "Add shedlock-provider-jdbc-template (for Redis: shedlock-provider-redis-spring), or provide a"
                            + " LockProvider, or check reliable-mq.reconcile.lock ("
                            + reconcile.lock().name().toLowerCase(Locale.ROOT) + ")."));
        String cron = reconcile.cron();
        return new ReconcileSchedule(reconciler, runs, lock, reconcile.window(), reconcile.interval(),
                (cron != null && !cron.isBlank()) ? cron : null, Clock.system(ZoneId.systemDefault()));
    }

    /** Locks of ShedLock: the application's own provider, else one of ours. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(LockProvider.class)
    static class ShedLocks {

        private static final int OWN_FIRST = 0;

        private static final int JDBC_THEN = 1;

        private static final int REDIS_THEN = 2;

        @Bean
        @Order(OWN_FIRST)
        @ConditionalOnBean(LockProvider.class)
        ShedLockRunLock reliableMQOwnLock(LockProvider provider) {
            return new ShedLockRunLock(provider, Clock.systemUTC());
        }

        /** Locks in the database. */
        @Configuration(proxyBeanMethods = false)
        @ConditionalOnClass(JdbcTemplateLockProvider.class)
        @ConditionalOnBean(JdbcDatabase.class)
        @ConditionalOnMissingBean(LockProvider.class)
        @ConditionalOnExpression("'${reliable-mq.reconcile.lock:auto}'.toLowerCase() != 'redis'")
        static class InDatabase {

            @Bean
            @Order(JDBC_THEN)
            ShedLockRunLock reliableMQJdbcLock(JdbcDatabase database) {
                return new ShedLockRunLock(new JdbcTemplateLockProvider(JdbcTemplateLockProvider.Configuration.builder()
                    .withJdbcTemplate(new JdbcTemplate(database.dataSource()))
                    .withTableName(database.name(Table.LOCK))
                    .usingDbTime()
                    .build()), Clock.systemUTC());
            }

        }

        /** Locks in Redis. */
        @Configuration(proxyBeanMethods = false)
        @ConditionalOnClass({ RedisLockProvider.class, RedisConnectionFactory.class })
        @ConditionalOnBean(RedisConnectionFactory.class)
        @ConditionalOnMissingBean(LockProvider.class)
        @ConditionalOnExpression("'${reliable-mq.reconcile.lock:auto}'.toLowerCase() != 'jdbc'")
        static class InRedis {

            @Bean
            @Order(REDIS_THEN)
            ShedLockRunLock reliableMQRedisLock(RedisConnectionFactory connections, ReliableMQProperties properties) {
                return new ShedLockRunLock(new RedisLockProvider(connections, "locks",
                        properties.idempotency().redis().keyPrefix() + "lock"), Clock.systemUTC());
            }

        }

    }

    /** When a time is given. */
    static class Scheduled extends AnyNestedCondition {

        Scheduled() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @ConditionalOnProperty("reliable-mq.reconcile.cron")
        static class Daily {

        }

        @ConditionalOnProperty("reliable-mq.reconcile.window")
        static class Often {

        }

    }

}
