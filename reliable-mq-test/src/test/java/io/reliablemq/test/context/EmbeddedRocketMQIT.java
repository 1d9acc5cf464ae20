package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQ;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import java.time.Duration;
import java.util.List;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.test.context.ContextCustomizer;
import org.springframework.test.context.MergedContextConfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

@SpringBootTest(classes = OrdersApplication.class, properties = "rocketmq.producer.group=orders-producer")
@EmbeddedRocketMQ(topics = { "orders:8", "payments" }, consumerGroups = "orders-group", delayLevels = "1s 1s 1s")
class EmbeddedRocketMQIT {

    @Autowired
    EmbeddedRocketMQBroker broker;

    @Autowired
    RocketMQTemplate template;

    @Autowired
    OrdersApplication.Orders orders;

    @Value("${rocketmq.name-server}")
    String nameServer;

    @Value("${reliable-mq.delay-levels}")
    String delayLevels;

    @BeforeEach
    void brokerRuns() {
        assertThat(this.broker.isRunning()).isTrue();
    }

    @Test
    void connectsTheApplicationToTheBroker() {
        assertThat(this.nameServer).isEqualTo(this.broker.nameServerAddress());
        assertThat(this.delayLevels).isEqualTo("1s 1s 1s");
        this.template.syncSend("orders", "first");
        await().atMost(Duration.ofSeconds(60)).until(() -> this.orders.consumed.contains("first"));
    }

    @Test
    void createsTheTopicsWithTheirQueues() throws Exception {
        assertThat(this.template.getProducer().fetchPublishMessageQueues("orders")).hasSize(8);
        assertThat(this.template.getProducer().fetchPublishMessageQueues("payments")).hasSize(4);
        assertThat(this.broker.topics()).contains("%RETRY%orders-group");
    }

    @Nested
    class InANestedClass {

        @Test
        void usesTheBrokerOfTheEnclosingOne(@Autowired EmbeddedRocketMQBroker nested) {
            assertThat(nested).isSameAs(EmbeddedRocketMQIT.this.broker);
        }

    }

    @Nested
    class Shared {

        @Test
        void betweenContextsWithEqualAttributesUntilTheLastIsClosed() {
            EmbeddedRocketMQBroker first;
            try (GenericApplicationContext one = context("shared", "1s 2s")) {
                first = one.getBean(EmbeddedRocketMQBroker.class);
                try (GenericApplicationContext two = context("shared", "1s 2s");
                        GenericApplicationContext other = context("shared", "1s 3s")) {
                    assertThat(two.getBean(EmbeddedRocketMQBroker.class)).isSameAs(first);
                    assertThat(other.getBean(EmbeddedRocketMQBroker.class)).isNotSameAs(first);
                }
                assertThat(first.isRunning()).isTrue();
            }
            assertThat(first.isRunning()).isFalse();
        }

        @Test
        void isClosedWhenTheContextFailsToStart() {
            GenericApplicationContext context = new GenericApplicationContext();
            customize(context, "failing", "1s 4s");
            EmbeddedRocketMQBroker started = (EmbeddedRocketMQBroker) context.getBeanFactory()
                .getSingleton(BrokerBean.NAME);
            context.registerBean("broken", Object.class, () -> {
                throw new IllegalStateException("broken");
            });
            assertThatExceptionOfType(RuntimeException.class).isThrownBy(context::refresh);
            assertThat(started.isRunning()).isFalse();
        }

        @Test
        void refusesATopicThatItCannotRead() {
            assertThatIllegalArgumentException().isThrownBy(() -> context("orders:many", "1s"))
                .withMessageContaining("orders:many");
        }

        private GenericApplicationContext context(String topic, String delayLevels) {
            GenericApplicationContext context = new GenericApplicationContext();
            customize(context, topic, delayLevels);
            context.refresh();
            return context;
        }

        private void customize(ConfigurableApplicationContext context, String topic, String delayLevels) {
            ContextCustomizer customizer = new EmbeddedRocketMQContextCustomizer(
                    new BrokerSpec(List.of(topic), List.of(), delayLevels));
            customizer.customizeContext(context,
                    new MergedContextConfiguration(getClass(), new String[0], new Class<?>[0], new String[0], null));
            assertThat(context.getEnvironment().getProperty("rocketmq.name-server")).startsWith("127.0.0.1:");
        }

    }

}
