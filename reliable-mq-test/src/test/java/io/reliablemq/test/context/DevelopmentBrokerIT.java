package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQBroker;
import java.time.Duration;
import java.util.Map;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@ExtendWith(OutputCaptureExtension.class)
class DevelopmentBrokerIT {

    @BeforeEach
    void nothingHeard() {
        OrdersApplication.SHUTDOWN.clear();
    }

    @Test
    void startsABrokerForAnApplicationWithoutOne(CapturedOutput output) {
        EmbeddedRocketMQBroker broker;
        try (ConfigurableApplicationContext context = run(OrdersApplication.class,
                "--spring.application.name=my orders", "--reliable-mq.embedded.delay-levels=1s 2s")) {
            broker = context.getBean(EmbeddedRocketMQBroker.class);
            assertThat(context.getEnvironment().getProperty("rocketmq.name-server"))
                .isEqualTo(broker.nameServerAddress());
            assertThat(context.getEnvironment().getProperty("reliable-mq.delay-levels")).isEqualTo("1s 2s");
            assertThat(broker.delayLevels()).isEqualTo("1s 2s");
            assertThat(output).containsOnlyOnce("Started an embedded RocketMQ broker")
                .contains(broker.nameServerAddress())
                .contains("rocketmq.name-server=");
            RocketMQTemplate template = context.getBean(RocketMQTemplate.class);
            assertThat(template.getProducer().getProducerGroup()).isEqualTo("my-orders-producer");
            template.syncSend("orders", "first");
            OrdersApplication.Orders orders = context.getBean(OrdersApplication.Orders.class);
            await().atMost(Duration.ofSeconds(60)).until(() -> orders.consumed.contains("first"));
        }
        assertThat(OrdersApplication.SHUTDOWN).containsExactly("sent SEND_OK", "broker running true");
        assertThat(broker.isRunning()).isFalse();
    }

    @Test
    void keepsTheApplicationsOwnSettings() {
        try (ConfigurableApplicationContext context = run(Empty.class, "--rocketmq.producer.group=mine",
                "--reliable-mq.delay-levels=3s 4s")) {
            assertThat(context.getEnvironment().getProperty("rocketmq.producer.group")).isEqualTo("mine");
            assertThat(context.getBean(EmbeddedRocketMQBroker.class).delayLevels()).isEqualTo("3s 4s");
        }
    }

    @Test
    void staysOutWhereANameServerIsSet() {
        try (ConfigurableApplicationContext context = run(Empty.class,
                "--rocketmq.nameServer=broker.example.org:9876")) {
            assertThat(context.getBeanProvider(EmbeddedRocketMQBroker.class)).isEmpty();
            assertThat(context.getEnvironment().getProperty("rocketmq.name-server"))
                .isEqualTo("broker.example.org:9876");
        }
    }

    @Test
    void staysOutWhenSwitchedOff() {
        try (ConfigurableApplicationContext context = run(Empty.class, "--reliable-mq.embedded.enabled=false")) {
            assertThat(context.getBeanProvider(EmbeddedRocketMQBroker.class)).isEmpty();
        }
    }

    @Test
    void startsOneBrokerForParentAndChild() {
        try (ConfigurableApplicationContext child = new SpringApplicationBuilder(Empty.class)
            .web(WebApplicationType.NONE)
            .child(Empty.class)
            .web(WebApplicationType.NONE)
            .run()) {
            assertThat(child.containsLocalBean(BrokerBean.NAME)).isFalse();
            ConfigurableApplicationContext parent = (ConfigurableApplicationContext) child.getParent();
            EmbeddedRocketMQBroker broker = parent.getBean(EmbeddedRocketMQBroker.class);
            assertThat(child.getEnvironment().getProperty("rocketmq.name-server"))
                .isEqualTo(broker.nameServerAddress());
            parent.close();
            assertThat(broker.isRunning()).isFalse();
        }
    }

    @Test
    void staysOutOfABootstrapContext() {
        try (GenericApplicationContext context = new GenericApplicationContext()) {
            context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("bootstrap", Map.of()));
            new DevelopmentBrokerInitializer().initialize(context);
            assertThat(BrokerBean.isIn(context)).isFalse();
        }
    }

    private static ConfigurableApplicationContext run(Class<?> source, String... arguments) {
        SpringApplication application = new SpringApplication(source);
        application.setWebApplicationType(WebApplicationType.NONE);
        return application.run(arguments);
    }

    @Configuration(proxyBeanMethods = false)
    static class Empty {

    }

}
