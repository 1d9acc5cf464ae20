package io.reliablemq.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import io.reliablemq.backlog.BacklogProbe;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.topic.RocketMQTopics;
import io.reliablemq.rocketmq.topic.TopicsStartup;
import io.reliablemq.topic.TopicAdvisor;
import io.reliablemq.topic.TopicDeclaration;
import io.reliablemq.topic.Topics;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Auto-configuration of topics: declared ones are checked or created at start-up, and
 * their number of queues can be changed.
 */
@AutoConfiguration(after = { RocketMQAutoConfiguration.class, ReliableMQListenerAutoConfiguration.class })
@ConditionalOnFlag("reliable-mq.enabled")
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQTopicAutoConfiguration {

    /**
     * Inspects and changes topics.
     * @param clusters contains the application's connections
     * @param registry the application's listeners
     * @param properties the properties
     * @param declarations the topics declared as beans
     * @return the topics
     */
    @Bean
    @ConditionalOnMissingBean
    Topics reliableMQTopics(Clusters clusters, ListenerRegistry registry, ReliableMQProperties properties,
            ObjectProvider<TopicDeclaration> declarations) {
        List<TopicDeclaration> declared = new ArrayList<>(PropertyMapping.topics(properties));
        declarations.orderedStream().forEach(declared::add);
        return new RocketMQTopics(clusters, registry, declared);
    }

    @Bean(destroyMethod = "stop")
    @ConditionalOnMissingBean
    TopicsStartup reliableMQTopicsStartup(Topics topics, ReliableMQProperties properties) {
        return new TopicsStartup(topics, properties.topic().onStart(), properties.topic().failFast());
    }

    /**
     * The endpoint, for applications with actuator endpoints.
     */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({ Endpoint.class, ConditionalOnAvailableEndpoint.class })
    static class EndpointConfiguration {

        @Bean
        @ConditionalOnAvailableEndpoint(endpoint = ReliableMQTopicsEndpoint.class)
        @ConditionalOnMissingBean
        ReliableMQTopicsEndpoint reliableMQTopicsEndpoint(Topics topics, ObjectProvider<BacklogProbe> probe,
                ObjectProvider<ListenerControl> listeners) {
            BacklogProbe known = probe.getIfAvailable();
            ListenerControl control = listeners.getIfAvailable();
            return new ReliableMQTopicsEndpoint(topics,
                    (known != null && control != null) ? new TopicAdvisor(known, control) : null);
        }

    }

}
