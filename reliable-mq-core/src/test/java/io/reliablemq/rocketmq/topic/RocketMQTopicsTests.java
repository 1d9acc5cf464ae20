package io.reliablemq.rocketmq.topic;

import java.util.List;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.Clusters;
import io.reliablemq.rocketmq.Containers;
import io.reliablemq.rocketmq.ListenerRegistry;
import io.reliablemq.rocketmq.delivery.SingleDeliveryTests;
import io.reliablemq.topic.TopicDeclaration;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RocketMQTopicsTests {

    private final ListenerRegistry registry = new ListenerRegistry();

    private final RocketMQTopics topics = new RocketMQTopics(new Clusters(Map::of, "a:9876", this.registry),
            this.registry, List.of(TopicDeclaration.of("declared")));

    @Test
    void areThoseOfTheDefaultClusterOnly() {
        this.registry.add(Containers.describe(new SingleDeliveryTests.TextListener(), "b:9876"));
        assertThat(this.topics.known()).containsExactly("declared");

        this.registry.add(Containers.describe(new SingleDeliveryTests.TextListener(), "A:9876;c:9876"));
        assertThat(this.topics.known()).containsExactly("declared", "orders");
    }

    @Test
    void areNotAskedForElsewhere() {
        assertThat(this.topics.isConnected()).isFalse();
        assertThatExceptionOfType(ReliableMQException.class).isThrownBy(() -> this.topics.describe("orders"))
            .withMessageContaining("on the cluster of rocketmq.name-server")
            .withMessageContaining("'orders'");
    }

}
