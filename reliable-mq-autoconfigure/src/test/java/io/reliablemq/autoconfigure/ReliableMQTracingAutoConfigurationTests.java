package io.reliablemq.autoconfigure;

import java.util.Locale;

import io.micrometer.observation.ObservationRegistry;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.rocketmq.MessageTraceSwitch;
import io.reliablemq.rocketmq.listener.ListenerInstaller;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReliableMQTracingAutoConfiguration}.
 */
class ReliableMQTracingAutoConfigurationTests {

    private final ApplicationContextRunner runner = Applications.withDatabase();

    @Test
    void leavesRocketMQsTraceAloneByDefault() {
        this.runner.run((context) -> {
            assertThat(context).hasNotFailed().doesNotHaveBean(MessageTraceSwitch.class);
            assertThat(context.getBean(DefaultMQProducer.class).isEnableTrace()).isFalse();
        });
    }

    @Test
    void switchesRocketMQsTraceOn() {
        this.runner.withPropertyValues("reliable-mq.trace.rocketmq=true").run((context) -> {
            assertThat(context).hasNotFailed().hasSingleBean(MessageTraceSwitch.class);
            assertThat(context.getBean(DefaultMQProducer.class).isEnableTrace()).isTrue();
        });
    }

    @Test
    void definesNothingWhenDisabled() {
        this.runner.withPropertyValues("reliable-mq.enabled=false", "reliable-mq.trace.rocketmq=true")
            .run((context) -> assertThat(context.getBeanDefinitionNames())
                .noneMatch((name) -> name.toLowerCase(Locale.ROOT).contains("messagetraceswitch")));
    }

    @Test
    void startsWithAnObservationRegistry() {
        this.runner.withBean(ObservationRegistry.class, ObservationRegistry::create)
            .run((context) -> assertThat(context).hasNotFailed()
                .hasSingleBean(ReliableMQTemplate.class)
                .hasSingleBean(ListenerInstaller.class));
    }

}
