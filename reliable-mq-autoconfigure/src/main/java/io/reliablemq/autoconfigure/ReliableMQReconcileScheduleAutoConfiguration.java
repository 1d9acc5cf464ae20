package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Locale;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.OutboxMode;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.ReconcileSchedule;
import io.reliablemq.reconcile.ReconcileSchedule.RunLock;
import io.reliablemq.reconcile.Reconciler;
import net.javacrumbs.shedlock.core.LockProvider;
import net.javacrumbs.shedlock.provider.jdbctemplate.JdbcTemplateLockProvider;
import net.javacrumbs.shedlock.provider.redis.spring.RedisLockProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Auto-configuration of scheduled reconciliation, on one instance at a time by ShedLock.
 */
@AutoConfiguration(after = ReliableMQReconcileAutoConfiguration.class)
@ConditionalOnBean(Reconciler.class)
@Conditional(ReliableMQReconcileScheduleAutoConfiguration.Scheduled.class)
public class ReliableMQReconcileScheduleAutoConfiguration {

    private static final Logger logger = LoggerFactory.getLogger(ReliableMQReconcileScheduleAutoConfiguration.class);

    /**
     * Runs reconciliation on schedule.
     * @param reconciler runs the comparison
     * @param runs stores the runs
     * @param locks exclude other instances
     * @param properties the properties
     * @return the schedule
     */
    @Bean(destroyMethod = "stop")
    @ConditionalOnMissingBean
    ReconcileSchedule reliableMQReconcileSchedule(Reconciler reconciler, ReconcileRuns runs,
            ObjectProvider<RunLock> locks, ReliableMQProperties properties) {
        ReliableMQProperties.Reconcile reconcile = properties.reconcile();
        if (properties.outbox().mode() == OutboxMode.OFF && properties.ledger().topics().isEmpty()) {
            logger.warn("Reconciliation is scheduled, but reliable-mq.outbox.mode is off and"
                    + " reliable-mq.ledger.topics names no topic: nothing that this application sends is noted, so"
                    + " nothing is proven about it. Name the topics whose sends are to be compared.");
        }
        RunLock lock = Unique.of(locks, RunLock.class, () -> {
            throw new InvalidConfigurationException(
                    "Reconciliation is scheduled (reliable-mq.reconcile.cron or .window), but nothing makes sure that"
                            + " one instance runs at a time.",
                    "Add shedlock-provider-jdbc-template (for Redis: shedlock-provider-redis-spring), or provide a"
                            + " LockProvider, or check reliable-mq.reconcile.lock ("
                            + reconcile.lock().name().toLowerCase(Locale.ROOT) + ").");
        });
        String cron = reconcile.cron();
        return new ReconcileSchedule(reconciler, runs, lock, reconcile.window(), reconcile.interval(), cron,
                Clock.system(ZoneId.systemDefault()));
    }

    /** Locks of ShedLock: the application's own provider, else one of ours. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(LockProvider.class)
    @ConditionalOnMissingBean(RunLock.class)
    static class ShedLocks {

        private static final int DATABASE_FIRST = 0;

        private static final int REDIS_THEN = 1;

        @Bean
        @ConditionalOnBean(LockProvider.class)
        ShedLockRunLock reliableMQOwnLock(LockProvider provider) {
            return new ShedLockRunLock(provider, Clock.systemUTC());
        }

        /** Locks in the database. */
        @Configuration(proxyBeanMethods = false)
        @Order(DATABASE_FIRST)
        @ConditionalOnClass(JdbcTemplateLockProvider.class)
        @ConditionalOnBean(JdbcDatabase.class)
        @ConditionalOnMissingBean(LockProvider.class)
        @ConditionalOnSetting(name = "reliable-mq.reconcile.lock", type = ReconcileLockStore.class, not = "REDIS")
        static class InDatabase {

            @Bean
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
        @Order(REDIS_THEN)
        @ConditionalOnClass({ RedisLockProvider.class, RedisConnectionFactory.class })
        @ConditionalOnBean(RedisConnectionFactory.class)
        @ConditionalOnMissingBean({ LockProvider.class, RunLock.class })
        @ConditionalOnSetting(name = "reliable-mq.reconcile.lock", type = ReconcileLockStore.class, not = "JDBC")
        static class InRedis {

            @Bean
            ShedLockRunLock reliableMQRedisLock(RedisConnectionFactory connections, ReliableMQProperties properties) {
                return new ShedLockRunLock(new RedisLockProvider(connections, "locks",
                        properties.idempotency().redis().keyPrefix() + "lock"), Clock.systemUTC());
            }

        }

    }

    /** Matches if a schedule is configured. */
    static class Scheduled implements Condition {

        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            Binder binder = Binder.get(context.getEnvironment());
            return binder.bind("reliable-mq.reconcile.cron", String.class)
                .map(ReliableMQProperties.Reconcile::cronOrNone)
                .isBound() || binder.bind("reliable-mq.reconcile.window", Duration.class).isBound();
        }

    }

}
