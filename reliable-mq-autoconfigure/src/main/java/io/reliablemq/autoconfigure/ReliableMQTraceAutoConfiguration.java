package io.reliablemq.autoconfigure;

import io.reliablemq.rocketmq.MessageTraceSwitch;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Following messages.
 */
@AutoConfiguration(before = RocketMQAutoConfiguration.class)
@ConditionalOnProperty(name = "reliable-mq.enabled", matchIfMissing = true)
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQTraceAutoConfiguration {

    @Bean
    @ConditionalOnProperty("reliable-mq.trace.rocketmq")
    @ConditionalOnMissingBean
    static MessageTraceSwitch reliableMQMessageTraceSwitch() {
        return new MessageTraceSwitch();
    }

}
