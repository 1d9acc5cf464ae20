package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.List;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.backlog.BacklogRecords;
import io.reliablemq.backlog.jdbc.JdbcBacklogRecords;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.backlog.RocketMQBacklogProbe;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Auto-configuration of the backlog probe.
 */
@AutoConfiguration(after = { RocketMQAutoConfiguration.class, ReliableMQAutoConfiguration.class,
        ReliableMQListenerAutoConfiguration.class, ReliableMQReconcileAutoConfiguration.class })
@ConditionalOnFlag({ "reliable-mq.enabled", "reliable-mq.backlog.enabled" })
@EnableConfigurationProperties(ReliableMQProperties.class)
@Import({ BacklogHealthConfiguration.class, BacklogHealthBoot3Configuration.class })
public class ReliableMQBacklogAutoConfiguration {

    /**
     * The probe that queries the brokers.
     * @param clusters contains the application's connections
     * @param registry the application's listeners
     * @param groups finds those of other applications
     * @param records counts messages that wait for a retry or are parked
     * @param properties the properties
     * @param meters the application's meters, if it has any
     * @return the probe
     */
    @Bean
    @ConditionalOnMissingBean(BacklogProbe.class)
    RocketMQBacklogProbe reliableMQBacklogProbe(Clusters clusters, ListenerRegistry registry,
            ObjectProvider<GuardedGroups> groups, ObjectProvider<BacklogRecords> records,
            ReliableMQProperties properties, ObjectProvider<MeterRegistry> meters) {
        return new RocketMQBacklogProbe(clusters, registry, PropertyMapping.backlogTopics(properties.backlog()),
                () -> groups.stream()
                    .map(GuardedGroups::subscriptions)
                    .flatMap(List<GroupSubscription>::stream)
                    .toList(),
                Unique.of(records, BacklogRecords.class, BacklogRecords::none),
                PropertyMapping.backlogOptions(properties.backlog()), Unique.meters(meters), Clock.systemUTC());
    }

    /** Counts from the database. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnBean(JdbcDatabase.class)
    static class Jdbc {

        @Bean
        @ConditionalOnMissingBean(BacklogRecords.class)
        JdbcBacklogRecords reliableMQBacklogRecords(JdbcDatabase database) {
            return new JdbcBacklogRecords(database);
        }

    }

}
