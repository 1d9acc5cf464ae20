package io.reliablemq.autoconfigure;

import java.time.Clock;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.id.IdSpace;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.id.SnowflakeIdGenerator;
import io.reliablemq.id.WorkerIdAllocator;
import io.reliablemq.id.WorkerLeaseOptions;
import io.reliablemq.producer.PriorityTopics;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendBuffer;
import io.reliablemq.producer.SendLimits;
import io.reliablemq.producer.SendOptions;
import io.reliablemq.producer.SendRetryPolicy;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.listener.GuardedGroups;
import io.reliablemq.rocketmq.redelivery.GroupRedelivery;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of message ids and the sending template.
 */
@AutoConfiguration(after = { RocketMQAutoConfiguration.class, ReliableMQJdbcAutoConfiguration.class,
        ReliableMQRedisAutoConfiguration.class })
@ConditionalOnFlag("reliable-mq.enabled")
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQAutoConfiguration {

    private static final Logger logger = LoggerFactory.getLogger(ReliableMQAutoConfiguration.class);

    /**
     * The generator of message ids.
     * @param properties the properties
     * @param allocators lease worker ids
     * @param environment contains the application's name
     * @return the generator
     */
    @Bean
    @ConditionalOnBean(RocketMQTemplate.class)
    @ConditionalOnMissingBean(MessageIdGenerator.class)
    SnowflakeIdGenerator reliableMQMessageIdGenerator(ReliableMQProperties properties,
            ObjectProvider<WorkerIdAllocator> allocators, Environment environment) {
        ReliableMQProperties.Id id = properties.id();
        Integer workerId = id.workerId();
        if (workerId != null) {
            return SnowflakeIdGenerator.fixed(workerId, Clock.systemUTC(), id.clockBackwardWait(),
                    spaceOf(id, environment));
        }
        WorkerIdAllocator allocator = Unique.of(allocators, WorkerIdAllocator.class, () -> {
            throw new InvalidConfigurationException(
                    "Messages need ids, and there is nowhere to lease this node's worker id from.",
                    "Set reliable-mq.id.worker-id to a number from 0 to 1023 that no other node uses, or configure a"
                            + " DataSource or Redis.");
        });
        return (id.space() == null)
                ? SnowflakeIdGenerator.leased(allocator, Clock.systemUTC(), id.clockBackwardWait(),
                        WorkerLeaseOptions.defaults())
                : SnowflakeIdGenerator.leased(allocator, Clock.systemUTC(), id.clockBackwardWait(),
                        WorkerLeaseOptions.defaults(), id.space());
    }

    /**
     * Fixed worker ids are assigned per application.
     */
    private static @Nullable String spaceOf(ReliableMQProperties.Id id, Environment environment) {
        if (id.space() != null) {
            return id.space();
        }
        String application = environment.getProperty("spring.application.name", "");
        if (!application.isBlank()) {
            return IdSpace.of(application);
        }
        logger.warn("reliable-mq.id.worker-id is set, but neither reliable-mq.id.space nor spring.application.name, so"
                + " messages carry no id space: the worker id must be another one on every node of every application"
                + " that sends to the same consumers. Set one of the two names.");
        return null;
    }

    /**
     * Decides when a failed send is retried.
     * @param properties the properties
     * @return exponential backoff with jitter
     */
    @Bean
    @ConditionalOnMissingBean
    SendRetryPolicy reliableMQSendRetryPolicy(ReliableMQProperties properties) {
        SendOptions options = PropertyMapping.sendOptions(properties);
        return SendRetryPolicy.exponential(options.maxAttempts(), options.backoff());
    }

    /**
     * Rate limits of this instance's sends.
     * @param properties the properties
     * @return the limits, shared by direct sends and the outbox
     */
    @Bean
    @ConditionalOnMissingBean
    SendLimits reliableMQSendLimits(ReliableMQProperties properties) {
        return SendLimits.of(properties.producer().rateLimits());
    }

    /**
     * The template with which applications send.
     * @param rocketMQTemplate the application's connection
     * @param ids generates message ids
     * @param retryPolicy decides when a failed send is retried
     * @param properties the properties
     * @param meters the application's meters, if it has any
     * @param observations the application's observations, if it has any
     * @param transports the transports of the clusters
     * @param buffer stores messages that are not, or could not be, sent at once
     * @param limits messages per second by topic
     * @return the template
     */
    @Bean
    @ConditionalOnBean(RocketMQTemplate.class)
    @ConditionalOnMissingBean
    ReliableMQTemplate reliableMQTemplate(RocketMQTemplate rocketMQTemplate, MessageIdGenerator ids,
            SendRetryPolicy retryPolicy, ReliableMQProperties properties, ObjectProvider<MeterRegistry> meters,
            ObjectProvider<ObservationRegistry> observations, ClusterTransports transports,
            ObjectProvider<SendBuffer> buffer, SendLimits limits) {
        return ReliableMQTemplate.builder(rocketMQTemplate, transports::of, ids)
            .options(PropertyMapping.sendOptions(properties))
            .retryPolicy(retryPolicy)
            .buffer(Unique.of(buffer, SendBuffer.class, SendBuffer::none))
            .limits(limits)
            .priorityTopics(new PriorityTopics(properties.producer().priorityTopics()))
            .meters(Unique.meters(meters))
            .observations(Unique.of(observations, ObservationRegistry.class, () -> ObservationRegistry.NOOP))
            .build();
    }

    @Bean(destroyMethod = "stop")
    @ConditionalOnBean(RocketMQTemplate.class)
    ClusterTransports reliableMQClusterTransports() {
        return new ClusterTransports();
    }

    /**
     * Delivers messages again to one consumer group, on the cluster of the message or the
     * group.
     * @param clusters resolves clusters
     * @param registry contains the guarded listeners
     * @param groups finds those of other applications
     * @return the redelivery
     */
    @Bean
    @ConditionalOnBean(RocketMQTemplate.class)
    @ConditionalOnMissingBean
    GroupRedelivery reliableMQGroupRedelivery(Clusters clusters, ListenerRegistry registry,
            ObjectProvider<GuardedGroups> groups) {
        return GroupRedelivery.on(clusters, registry, ReliableMQListenerAutoConfiguration.registered(groups));
    }

}
