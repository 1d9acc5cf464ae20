package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.TransactionManagers;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.ClusterMonitor;
import io.reliablemq.outbox.CommitTracker;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.outbox.NotedSends;
import io.reliablemq.outbox.Outbox;
import io.reliablemq.outbox.OutboxClusters;
import io.reliablemq.outbox.OutboxRelay;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.jdbc.JdbcDirectSends;
import io.reliablemq.outbox.jdbc.JdbcOutboxStore;
import io.reliablemq.producer.SendBuffer;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.reconcile.ReconcileRuns;
import io.reliablemq.reconcile.RelayWakeUp;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.ConfigurableTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Auto-configuration of the outbox and its relay, for applications with a database.
 */
@AutoConfiguration(after = { RocketMQAutoConfiguration.class, ReliableMQJdbcAutoConfiguration.class },
        before = ReliableMQAutoConfiguration.class)
@ConditionalOnFlag("reliable-mq.enabled")
@ConditionalOnBean({ JdbcDatabase.class, RocketMQTemplate.class })
@EnableConfigurationProperties(ReliableMQProperties.class)
@Import({ OutboxHealthConfiguration.class, OutboxHealthBoot3Configuration.class })
public class ReliableMQOutboxAutoConfiguration {

    @Bean
    @ConditionalOnOutbox
    @ConditionalOnMissingBean
    OutboxStore reliableMQOutboxStore(JdbcDatabase database, ListableBeanFactory beans, MessageIdGenerator ids,
            ReliableMQProperties properties) {
        String owner = ProcessHandle.current().pid() + "-" + UUID.randomUUID();
        return new JdbcOutboxStore(database, Unique.codec(beans), ids, owner, properties.outbox().lease());
    }

    /**
     * The clusters that stored messages can be sent to, by the names of their templates.
     * @param rocketMQTemplate the main one
     * @param templates all templates by bean name
     * @param transports their transports
     * @return the clusters
     */
    @Bean
    OutboxClusters reliableMQOutboxClusters(RocketMQTemplate rocketMQTemplate, Map<String, RocketMQTemplate> templates,
            ClusterTransports transports) {
        OutboxClusters clusters = new OutboxClusters();
        templates.forEach((name, template) -> clusters.register(
                (template == rocketMQTemplate) ? StoredMessage.DEFAULT_CLUSTER : name, transports.ofAny(template)));
        return clusters;
    }

    @Bean(destroyMethod = "stop")
    @ConditionalOnOutbox
    @ConditionalOnMissingBean
    OutboxRelay reliableMQOutboxRelay(OutboxStore store, OutboxClusters clusters, ReliableMQProperties properties,
            ObjectProvider<SendLimits> limits, ObjectProvider<MeterRegistry> meters) {
        return new OutboxRelay(store, clusters, PropertyMapping.outboxOptions(properties),
                Unique.of(limits, SendLimits.class, SendLimits::none), Unique.meters(meters));
    }

    @Bean(destroyMethod = "stop")
    @ConditionalOnOutbox
    @ConditionalOnMissingBean
    ClusterMonitor reliableMQOutboxClusterWatch(OutboxStore store, OutboxClusters clusters,
            ObjectProvider<MeterRegistry> meters) {
        return new ClusterMonitor(store, clusters, Unique.meters(meters));
    }

    /**
     * Wakes the relay when reconciliation finds unsent messages.
     * @param relay the relay
     * @return the wake-up
     */
    @Bean
    @ConditionalOnOutbox
    RelayWakeUp reliableMQRelayWakeUp(OutboxRelay relay) {
        return relay::wakeUp;

    }

    @Bean
    @ConditionalOnMissingBean
    DirectSends reliableMQDirectSends(JdbcDatabase database, ListableBeanFactory beans, MessageIdGenerator ids,
            ReliableMQProperties properties, ObjectProvider<MeterRegistry> meters, ObjectProvider<ReconcileRuns> runs) {
        Set<String> topics = Set.copyOf(properties.ledger().topics());
        return topics.isEmpty() ? DirectSends.none()
                : new JdbcDirectSends(database, Unique.codec(beans), ids, topics, properties.outbox().retention(),
                        Unique.meters(meters),
                        (from, to) -> runs.ifAvailable(
                                (it) -> it.recordGap(from, to, "direct sends could not be noted in the ledger")),
                        Clock.systemUTC());
    }

    @Bean
    @ConditionalOnOutbox
    @ConditionalOnMissingBean(SendBuffer.class)
    Outbox reliableMQOutbox(OutboxStore store, OutboxClusters clusters, OutboxRelay relay, DirectSends ledger,
            ReliableMQProperties properties) {
        return new Outbox(properties.outbox().mode(), store, clusters, relay, ledger);
    }

    /**
     * Records direct sends in the ledger if there is no outbox.
     * @param clusters names the clusters
     * @param ledger the ledger
     * @return the recorder
     */
    @Bean
    @Conditional(OnLedgerCondition.class)
    @ConditionalOnMissingBean(SendBuffer.class)
    NotedSends reliableMQNotedSends(OutboxClusters clusters, DirectSends ledger) {
        return new NotedSends(clusters, ledger);
    }

    /**
     * Reports messages that were stored before the outbox was switched off.
     * @param database contains them
     * @param ids are not used
     * @param meters the application's meters, if it has any
     * @return the periodic report
     */
    @Bean(destroyMethod = "stop")
    @ConditionalOnMissingBean({ OutboxStore.class, ClusterMonitor.class })
    ClusterMonitor reliableMQOutboxLeftovers(JdbcDatabase database, MessageIdGenerator ids,
            ObjectProvider<MeterRegistry> meters) {
        return new ClusterMonitor(
                new JdbcOutboxStore(database, PayloadCodec.plain(), ids, "reads only", Duration.ofSeconds(1)),
                new OutboxClusters(), Unique.meters(meters));
    }

    /**
     * Registers the outbox with the transaction managers.
     * @param database the outbox's database
     * @param store the outbox
     * @param beans finds the managers, including those of parent contexts
     * @return the registration at start-up
     */
    @Bean
    @ConditionalOnOutbox
    SmartInitializingSingleton reliableMQCommitTracker(JdbcDatabase database, OutboxStore store,
            ListableBeanFactory beans) {
        return () -> TransactionManagers
            .of(database.dataSource(),
                    BeanFactoryUtils.beansOfTypeIncludingAncestors(beans, PlatformTransactionManager.class))
            .values()
            .forEach((manager) -> {
                if (manager instanceof ConfigurableTransactionManager configurable) {
                    configurable.addListener(new CommitTracker(store));
                }
            });
    }

}
