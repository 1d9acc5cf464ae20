package io.reliablemq.rocketmq.lookup;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.reliablemq.reconcile.GroupHistory;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.impl.MQClientAPIImpl;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingTimeoutException;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.admin.ConsumeStats;
import org.apache.rocketmq.remoting.protocol.admin.OffsetWrapper;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

class GroupInspectorTests {

    private final MQClientAPIImpl client = mock(MQClientAPIImpl.class);

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
        GroupInspector sight = new GroupInspector(this.client, "group", "group");
        given(this.client.getConsumeStats(eq("a"), anyString(), anyString(), anyLong()))
            .willThrow(new RemotingTimeoutException("a hangs"));
        answer("b");

        sight.look(route(), "topic", "%RETRY%group");

        assertThat(sight.offsets()).isEqualTo(Map.of("b:0", 5L, "retry:b:0", 2L));
    }

    @Test
    void withoutTheClientsOffsetsProveNothing() throws Exception {
        GroupInspector sight = new GroupInspector(this.client, "group", "group");
        answer("a");
        answer("b");
        given(this.client.getConsumerConnectionList(anyString(), anyString(), anyLong()))
            .willThrow(new MQBrokerException(ResponseCode.NO_PERMISSION, "no"));

        sight.look(route(), "topic", "%RETRY%group");

        assertThat(sight.offsets()).isEmpty();
    }

    private void answer(String broker) throws Exception {
        given(this.client.getConsumeStats(broker, "group", "topic", 3000)).willReturn(stats(broker, 5));
        given(this.client.getConsumeStats(broker, "group", "%RETRY%group", 3000)).willReturn(stats(broker, 2));
        given(this.client.getConsumerConnectionList(broker, "group", 3000)).willReturn(new ConsumerConnection());
    }

    private static ConsumeStats stats(String broker, long offset) {
        OffsetWrapper consumed = new OffsetWrapper();
        consumed.setConsumerOffset(offset);
        ConsumeStats stats = new ConsumeStats();
        stats.getOffsetTable().put(new MessageQueue("any", broker, 0), consumed);
        return stats;
    }

    private static TopicRouteData route() {
        TopicRouteData route = new TopicRouteData();
        route.setBrokerDatas(Stream.of("a", "b")
            .map((broker) -> new BrokerData("cluster", broker, new HashMap<>(Map.of(MixAll.MASTER_ID, broker))))
            .toList());
        return route;
    }

}
