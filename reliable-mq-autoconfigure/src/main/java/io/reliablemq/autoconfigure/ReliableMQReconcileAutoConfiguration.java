package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.idempotency.IdempotencyStoreType;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.reconcile.BrokerLookup;
import io.reliablemq.reconcile.ConsumptionPages;
import io.reliablemq.reconcile.ConsumptionRecords;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupSources;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Redelivery;
import io.reliablemq.reconcile.RelayWakeUp;
import io.reliablemq.reconcile.SentLedger;
import io.reliablemq.reconcile.jdbc.JdbcConsumptionRecords;
import io.reliablemq.reconcile.jdbc.JdbcGroupDirectory;
import io.reliablemq.reconcile.jdbc.JdbcReconcileRuns;
import io.reliablemq.reconcile.jdbc.JdbcSentLedger;
import io.reliablemq.reconcile.redis.RedisConsumptionRecords;
import io.reliablemq.reconcile.redis.RedisGroupDirectory;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import io.reliablemq.rocketmq.lookup.RocketMQBrokerLookup;
import io.reliablemq.rocketmq.redelivery.GroupCompensation;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Auto-configuration of the registration of guarded groups, and of reconciliation.
 */
@AutoConfiguration(after = { ReliableMQAutoConfiguration.class, ReliableMQListenerAutoConfiguration.class })
@ConditionalOnFlag("reliable-mq.enabled")
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQReconcileAutoConfiguration {

    /**
     * Registers the guarded groups of this application in the stores of their records.
     * @param registry contains the listeners
     * @param guards find the store of a listener's records
     * @param directories directories of groups
     * @return the registration
     */
    @Bean(destroyMethod = "stop")
    @ConditionalOnMissingBean
    GuardedGroups reliableMQGuardedGroups(ListenerRegistry registry, GuardFactory guards,
            ObjectProvider<RegisteredGroups> directories, Clusters clusters) {
        Map<IdempotencyStoreType, GroupDirectory> byType = new EnumMap<>(IdempotencyStoreType.class);
        directories.forEach((directory) -> byType.put(directory.type(), directory.directory()));
        return new GuardedGroups(registry, guards, byType, clusters, Clock.systemUTC());
    }

    /**
     * A directory, and the kind of store that its groups use.
     *
     * @param records the groups' records; {@code null} where the {@link ConsumptionPages}
     * are these
     */
    record RegisteredGroups(IdempotencyStoreType type, GroupDirectory directory, @Nullable ConsumptionRecords records) {
    }

    /** The groups with records in Redis. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(RedisConnectionFactory.class)
    @ConditionalOnBean(RedisConnectionFactory.class)
    static class RedisGroups {

        @Bean
        RegisteredGroups reliableMQRedisGroups(RedisConnectionFactory connections, ReliableMQProperties properties) {
            String prefix = properties.idempotency().redis().keyPrefix();
            return new RegisteredGroups(IdempotencyStoreType.REDIS, new RedisGroupDirectory(connections, prefix),
                    new RedisConsumptionRecords(connections, prefix));
        }

    }

    /** The groups with records in the database. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(JdbcDatabase.class)
    static class JdbcGroups {

        @Bean
        RegisteredGroups reliableMQJdbcGroups(JdbcDatabase database) {
            return new RegisteredGroups(IdempotencyStoreType.JDBC, new JdbcGroupDirectory(database), null);
        }

        @Bean
        @ConditionalOnMissingBean
        ConsumptionPages reliableMQConsumptionRecords(JdbcDatabase database) {
            return new JdbcConsumptionRecords(database);
        }

    }

    /** Ledger and clusters of the sending side. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnFlag("reliable-mq.reconcile.enabled")
    @ConditionalOnBean({ JdbcDatabase.class, RocketMQTemplate.class })
    static class Comparison {

        private static final int OUTBOX_FIRST = 100;

        @Bean
        @Order(OUTBOX_FIRST)
        JdbcSentLedger reliableMQSentOutbox(JdbcDatabase database, ListableBeanFactory beans,
                ReliableMQProperties properties) {
            return JdbcSentLedger.outbox(database, Unique.codec(beans), properties.outbox().retention());
        }

        @Bean
        @Order(OUTBOX_FIRST + 1)
        JdbcSentLedger reliableMQSentDirectly(JdbcDatabase database, ListableBeanFactory beans,
                ReliableMQProperties properties) {
            return JdbcSentLedger.direct(database, Unique.codec(beans), properties.outbox().retention());
        }

        @Bean
        @ConditionalOnMissingBean
        ReconcileRuns reliableMQReconcileRuns(JdbcDatabase database, MessageIdGenerator ids) {
            return new JdbcReconcileRuns(database, ids::nextId);
        }

        @Bean
        @ConditionalOnMissingBean
        BrokerLookup reliableMQBrokerLookup(Clusters clusters) {
            return RocketMQBrokerLookup.of(clusters);
        }

        @Bean
        @ConditionalOnMissingBean
        Redelivery reliableMQCompensation(GroupRedelivery redelivery, Clusters clusters, ListenerRegistry registry,
                ObjectProvider<GuardedGroups> groups) {
            GroupRedelivery elsewhere = GroupRedelivery.on(clusters, registry,
                    ReliableMQListenerAutoConfiguration.registered(groups));
            return new GroupCompensation((cluster) -> redelivery.leadsTo(cluster, clusters) ? redelivery : elsewhere);
        }

        /**
         * Compares sent with consumed messages.
         * @param ledgers the sending side
         * @param own records of this application's groups
         * @param brokers looks up messages without a record
         * @param redelivery sends again
         * @param runs stores the runs
         * @param relay sends unsent messages
         * @param ids numbers the runs
         * @param meters counts verdicts
         * @param properties the properties
         * @param beans finds the sources of other groups
         * @param groups the groups of this application
         * @param directories their records
         * @return the reconciler
         */
        @Bean
        @ConditionalOnMissingBean
        Reconciler reliableMQReconciler(ObjectProvider<SentLedger> ledgers, ConsumptionPages own, BrokerLookup brokers,
                Redelivery redelivery, ReconcileRuns runs, ObjectProvider<RelayWakeUp> relay, MessageIdGenerator ids,
                ObjectProvider<MeterRegistry> meters, ReliableMQProperties properties, ListableBeanFactory beans,
                ObjectProvider<GuardedGroups> groups, ObjectProvider<RegisteredGroups> directories) {
            Map<String, ConsumptionRecords> others = new LinkedHashMap<>();
            GroupSourceFactory sources = new GroupSourceFactory(beans, properties);
            properties.reconcile().groups().forEach((group, source) -> others.put(group, sources.of(group, source)));
            List<RelayWakeUp> wakeUps = relay.orderedStream().toList();
            return new Reconciler(ledgers.orderedStream().toList(),
                    new GroupSources(own, others, () -> elsewhere(groups, directories)), brokers, redelivery, runs,
                    PropertyMapping.reconcileOptions(properties.reconcile()),
                    () -> wakeUps.forEach(RelayWakeUp::wakeUp), ids::nextId, Unique.meters(meters), Clock.systemUTC());
        }

        /**
         * The groups of this application with records elsewhere. A comparison begins
         * here: the groups' present offsets are recorded first, so that messages consumed
         * until now are not in doubt.
         */
        private static Map<String, ConsumptionRecords> elsewhere(ObjectProvider<GuardedGroups> groups,
                ObjectProvider<RegisteredGroups> directories) {
            groups.forEach(GuardedGroups::refresh);
            Map<String, ConsumptionRecords> apart = new LinkedHashMap<>();
            directories.forEach((directory) -> {
                ConsumptionRecords records = directory.records();
                if (records != null) {
                    groups.forEach((known) -> known.keptIn(directory.type()).forEach((it) -> apart.put(it, records)));
                }
            });
            return apart;
        }

    }

}
