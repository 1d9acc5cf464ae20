package io.reliablemq.rocketmq;

import java.util.Set;

import io.reliablemq.reconcile.GroupHistory;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class GroupSightTests {

    @Test
    void namesAClientBeforeItConnects() {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("group");

        GroupHistory told = GroupSight.of(consumer, "group", "topic", Set.of());
        // As the client does when it starts.
        consumer.changeInstanceNameToPID();

        assertThat(told.clients()).containsOnlyKeys(consumer.buildMQClientId());
    }

}
