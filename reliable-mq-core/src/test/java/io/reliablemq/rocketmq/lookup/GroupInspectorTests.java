package io.reliablemq.rocketmq.lookup;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.reliablemq.reconcile.GroupHistory;
import io.reliablemq.rocketmq.AdminChannel;
import io.reliablemq.rocketmq.BrokerChannel;
import io.reliablemq.rocketmq.OffsetChannel;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingTimeoutException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

class GroupInspectorTests {

    private final AdminChannel channel = mock(AdminChannel.class);

    private final Map<String, OffsetChannel> offsets = Map.of("a", mock(OffsetChannel.class), "b",
            mock(OffsetChannel.class));

    private final Map<String, BrokerChannel> brokers = Map.of("a", mock(BrokerChannel.class), "b",
            mock(BrokerChannel.class));

    @BeforeEach
    void connect() {
        given(this.channel.withNamespace(anyString())).willAnswer((call) -> "space%" + call.getArgument(0));
        given(this.channel.offsets(anyString())).willAnswer((call) -> this.offsets.get(call.getArgument(0)));
        given(this.channel.broker(anyString())).willAnswer((call) -> this.brokers.get(call.getArgument(0)));
    }

    @Test
    void namesAClientBeforeItConnects() {
        DefaultMQPushConsumer consumer = new DefaultMQPushConsumer("group");

        GroupHistory told = GroupInspector.of(consumer, "group", "topic", Set.of());
        // As the client does when it starts.
        consumer.changeInstanceNameToPID();

        assertThat(told.clients()).containsOnlyKeys(consumer.buildMQClientId());
    }

    @Test
    void oneBrokerThatDoesNotAnswerLeavesWhatTheOthersSay() throws Exception {
        GroupInspector sight = new GroupInspector(this.channel, "group");
        given(this.offsets.get("a").of(anyString(), anyString())).willThrow(new RemotingTimeoutException("a hangs"));
        answer("b");

        sight.look(route(), "topic");

        assertThat(sight.offsets()).isEqualTo(Map.of("b:0", 5L, "retry:b:0", 2L));
    }

    @Test
    void withoutTheClientsOffsetsProveNothing() throws Exception {
        GroupInspector sight = new GroupInspector(this.channel, "group");
        answer("a");
        answer("b");
        for (BrokerChannel broker : this.brokers.values()) {
            given(broker.clients(anyString())).willThrow(new MQBrokerException(ResponseCode.NO_PERMISSION, "no"));
        }

        sight.look(route(), "topic");

        assertThat(sight.offsets()).isEmpty();
    }

    private void answer(String broker) throws Exception {
        OffsetChannel told = this.offsets.get(broker);
        given(told.of("space%group", "topic")).willReturn(stats(broker, 5));
        given(told.of("space%group", "%RETRY%group")).willReturn(stats(broker, 2));
        given(this.brokers.get(broker).clients("space%group")).willReturn(new ConsumerConnection());
    }

    private static Map<MessageQueue, OffsetWrapper> stats(String broker, long offset) {
        OffsetWrapper consumed = new OffsetWrapper();
        consumed.setConsumerOffset(offset);
        return Map.of(new MessageQueue("any", broker, 0), consumed);
    }

    private static TopicRouteData route() {
        TopicRouteData route = new TopicRouteData();
        route.setBrokerDatas(Stream.of("a", "b")
            .map((broker) -> new BrokerData("cluster", broker, new HashMap<>(Map.of(MixAll.MASTER_ID, broker))))
            .toList());
        return route;
    }

}
