package io.reliablemq.autoconfigure;

import io.reliablemq.rocketmq.MessageTraceSwitch;
import org.apache.rocketmq.spring.autoconfigure.RocketMQAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of message tracing.
 */
@AutoConfiguration(before = RocketMQAutoConfiguration.class)
@ConditionalOnFlag("reliable-mq.enabled")
@EnableConfigurationProperties(ReliableMQProperties.class)
public class ReliableMQTracingAutoConfiguration {

    @Bean
    @ConditionalOnFlag(value = "reliable-mq.trace.rocketmq", matchIfMissing = false)
    @ConditionalOnMissingBean
    static MessageTraceSwitch reliableMQMessageTraceSwitch() {
        return new MessageTraceSwitch();
    }

}
