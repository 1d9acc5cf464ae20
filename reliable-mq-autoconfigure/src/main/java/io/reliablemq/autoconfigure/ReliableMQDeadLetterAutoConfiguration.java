package io.reliablemq.autoconfigure;

import java.time.Clock;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.deadletter.DeadLetterMaintenance;
import io.reliablemq.deadletter.DeadLetterOptions;
import io.reliablemq.deadletter.DeadLetterService;
import io.reliablemq.deadletter.DeadLetterStorage;
import io.reliablemq.deadletter.DeadLetterStore;
import io.reliablemq.deadletter.DeadLetters;
import io.reliablemq.deadletter.jdbc.JdbcDeadLetterStore;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.rocketmq.deadletter.DeadLetterParking;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcOperations;

/**
 * Auto-configuration of dead letters in the database.
 */
@AutoConfiguration(after = { ReliableMQJdbcAutoConfiguration.class, ReliableMQListenerAutoConfiguration.class })
@ConditionalOnFlag("reliable-mq.enabled")
@ConditionalOnSetting(name = "reliable-mq.dead-letter.storage", type = DeadLetterStorage.class, not = "BROKER")
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQDeadLetterAutoConfiguration {

    /**
     * The application's letters and the records of their messages.
     * @param store the store of the letters
     * @param parking finds the store of each listener's records
     * @param properties the properties
     * @return the service
     */
    @Bean
    @ConditionalOnBean(DeadLetterStore.class)
    @ConditionalOnMissingBean
    DeadLetterService reliableMQDeadLetterService(DeadLetterStore store, DeadLetterParking parking,
            ReliableMQProperties properties) {
        return new DeadLetterService(store, parking::recordsElsewhere, properties.idempotency().retention());
    }

    /**
     * Inspects, replays, discards and drains parked messages.
     * @param letters the letters
     * @param parking sends copies and reads dead-letter topics
     * @param properties the properties
     * @return the service
     */
    @Bean
    @ConditionalOnBean(DeadLetterStore.class)
    @ConditionalOnMissingBean
    DeadLetters reliableMQDeadLetters(DeadLetterService letters, DeadLetterParking parking,
            ReliableMQProperties properties) {
        return new DeadLetters(letters, parking, options(properties));
    }

    @Bean
    @ConditionalOnBean(DeadLetterStore.class)
    @ConditionalOnMissingBean
    DeadLetterMaintenance reliableMQDeadLetterMaintenance(DeadLetterService letters, DeadLetterParking parking,
            ReliableMQProperties properties, ObjectProvider<MeterRegistry> meters) {
        return new DeadLetterMaintenance(letters, parking, options(properties), Unique.meters(meters));
    }

    private static DeadLetterOptions options(ReliableMQProperties properties) {
        return DeadLetterOptions.of(properties.deadLetter().retention(), properties.deadLetter().replayTimeout());
    }

    /**
     * The store.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(JdbcOperations.class)
    static class Jdbc {

        @Bean
        @ConditionalOnBean(JdbcDatabase.class)
        @ConditionalOnMissingBean(DeadLetterStore.class)
        JdbcDeadLetterStore reliableMQJdbcDeadLetterStore(JdbcDatabase database, ListableBeanFactory beans) {
            return new JdbcDeadLetterStore(database, Unique.codec(beans), Clock.systemUTC());
        }

    }

}
