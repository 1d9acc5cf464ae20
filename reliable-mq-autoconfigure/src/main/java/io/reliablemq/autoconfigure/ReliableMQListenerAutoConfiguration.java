package io.reliablemq.autoconfigure;

import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.deadletter.DeadLetterService;
import io.reliablemq.idempotency.IdempotencyGuard;
import io.reliablemq.listener.GuardFactory;
import io.reliablemq.listener.ListenerCatalog;
import io.reliablemq.listener.RecordPurge;
import io.reliablemq.listener.StoreBackend;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.DelayLevels;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.RouteRefresh;
import io.reliablemq.rocketmq.deadletter.DeadLetterParking;
import io.reliablemq.rocketmq.delivery.DeliveryFactory;
import io.reliablemq.rocketmq.delivery.ListenerThrottling;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import io.reliablemq.rocketmq.listener.ListenerDrain;
import io.reliablemq.rocketmq.listener.ListenerInstaller;
import io.reliablemq.rocketmq.listener.ReliableListenerProcessor;
import io.reliablemq.rocketmq.listener.StartupChecks;
import org.apache.rocketmq.client.ClientConfig;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Auto-configuration that guards the application's listeners.
 */
@AutoConfiguration(before = RocketMQAutoConfiguration.class,
        after = { ReliableMQJdbcAutoConfiguration.class, ReliableMQRedisAutoConfiguration.class })
@ConditionalOnFlag("reliable-mq.enabled")
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQListenerAutoConfiguration {

    /**
     * Installs the library in listener containers. Static and lazy, so that no bean is
     * created early.
     * @param installer installs it
     * @return the processor
     */
    @Bean
    static ReliableListenerProcessor reliableMQListenerProcessor(ObjectProvider<ListenerInstaller> installer) {
        return new ReliableListenerProcessor(installer::getObject);
    }

    /**
     * Keeps the library and the listeners out of lazy initialization.
     * @return the filter
     */
    @Bean
    static LazyInitializationExcludeFilter reliableMQEagerBeans() {
        return new EagerBeans();
    }

    @Bean
    static OneOfEach reliableMQOneOfEach() {
        return new OneOfEach();
    }

    @Bean
    static AskedFor reliableMQAskedFor(Environment environment) {
        return new AskedFor(environment);
    }

    @Bean
    @ConditionalOnMissingBean
    ListenerRegistry reliableMQListenerRegistry() {
        return new ListenerRegistry();
    }

    /**
     * The clusters of the application's templates.
     * @param rocketMQTemplate the main one, if there is one
     * @param beans finds the others, once they have their producers
     * @param environment contains the name servers of the default cluster
     * @param registry contains the listeners
     * @return the clusters
     */
    @Bean
    @ConditionalOnMissingBean
    Clusters reliableMQClusters(ObjectProvider<RocketMQTemplate> rocketMQTemplate, ListableBeanFactory beans,
            Environment environment, ListenerRegistry registry) {
        return new Clusters(() -> {
            RocketMQTemplate main = rocketMQTemplate.getIfUnique();
            Map<String, DefaultMQProducer> producers = new LinkedHashMap<>();
            BeanFactoryUtils.beansOfTypeIncludingAncestors(beans, RocketMQTemplate.class).forEach((name, template) -> {
                if (template.getProducer() != null) {
                    producers.put((template == main) ? StoredMessage.DEFAULT_CLUSTER : name, template.getProducer());
                }
            });
            return producers;
        }, environment.getProperty("rocketmq.name-server"), registry);
    }

    @Bean
    ListenerCatalog reliableMQListenerCatalog(ReliableMQProperties properties) {
        return PropertyMapping.catalog(properties);
    }

    @Bean
    @ConditionalOnMissingBean
    GuardFactory reliableMQGuardFactory(ObjectProvider<StoreBackend> backends, ConfigurableListableBeanFactory beans) {
        Map<String, PlatformTransactionManager> managers = BeanFactoryUtils.beansOfTypeIncludingAncestors(beans,
                PlatformTransactionManager.class);
        return new GuardFactory(Backends.of(backends, beans), managers,
                beans.getBeanProvider(PlatformTransactionManager.class).getIfUnique(), Clock.systemUTC());
    }

    /**
     * The guard for calls outside listeners. Created on demand, because an application
     * without a store need not have one.
     * @param guards builds guards
     * @param purge purges the records
     * @param properties the properties
     * @return the guard
     */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    IdempotencyGuard reliableMQIdempotencyGuard(GuardFactory guards, RecordPurge purge,
            ReliableMQProperties properties) {
        return guards.defaultGuard(PropertyMapping.defaults(properties.idempotency()), purge);
    }

    @Bean
    @ConditionalOnMissingBean
    RecordPurge reliableMQRecordPurge() {
        return new RecordPurge();
    }

    /**
     * Parks the messages of each listener.
     * @param properties the properties
     * @param letters dead letters in the database, if they are kept there
     * @param registry contains the listeners
     * @param groups finds those of other applications
     * @param clusters names the listeners' clusters
     * @return the parking
     */
    @Bean
    @ConditionalOnMissingBean
    DeadLetterParking reliableMQDeadLetterOffice(ReliableMQProperties properties,
            ObjectProvider<DeadLetterService> letters, ListenerRegistry registry, ObjectProvider<GuardedGroups> groups,
            Clusters clusters) {
        return new DeadLetterParking(properties.deadLetter().storage(), letters::getIfAvailable, registry,
                registered(groups), clusters);
    }

    /**
     * The groups that are registered as guarded on a client's cluster.
     */
    static Function<ClientConfig, Set<String>> registered(ObjectProvider<GuardedGroups> groups) {
        return (client) -> groups.stream()
            .flatMap((known) -> known.registered(client).stream())
            .collect(Collectors.toSet());
    }

    @Bean
    @ConditionalOnMissingBean
    ListenerInstaller reliableMQListenerInstaller(ListenerCatalog catalog, ReliableMQProperties properties,
            GuardFactory guards, ListenerRegistry registry, RecordPurge purge, DeadLetterParking deadLetters,
            ObjectProvider<MeterRegistry> meters, ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<ListenerThrottling> throttling, Environment environment) {
        DelayLevels delayLevels = DelayLevels.parse(properties.delayLevels());
        DeliveryFactory deliveries = new DeliveryFactory(guards, purge, deadLetters, delayLevels, Clock.systemUTC())
            .observedBy(Unique.meters(meters),
                    Unique.of(observations, ObservationRegistry.class, () -> ObservationRegistry.NOOP));
        throttling.ifAvailable(deliveries::throttledBy);
        return new ListenerInstaller(catalog, PropertyMapping.defaults(properties.idempotency()), delayLevels,
                environment::resolveRequiredPlaceholders, registry, guards, deliveries);
    }

    /**
     * Tunes and pauses the running listeners.
     * @param registry contains them
     * @return the control
     */
    @Bean
    @ConditionalOnMissingBean
    ListenerControl reliableMQListenerControl(ListenerRegistry registry) {
        return new ListenerControl(registry::tunable);
    }

    @Bean
    ListenerDrain reliableMQListenerDrain(ListenerRegistry registry, ReliableMQProperties properties,
            ObjectProvider<StoreBackend> backends) {
        return new ListenerDrain(registry, properties.shutdown().drainTimeout(),
                () -> backends.forEach((backend) -> backend.leases().flush()));
    }

    @Bean(destroyMethod = "stop")
    RouteRefresh reliableMQRouteRefresh(ListenerRegistry registry) {
        return new RouteRefresh(registry);
    }

    @Bean
    StartupChecks reliableMQStartupChecks(ListenerRegistry registry, ListenerCatalog catalog, ListableBeanFactory beans,
            Environment environment) {
        return new StartupChecks(registry, catalog, beans, environment::resolvePlaceholders);
    }

}
