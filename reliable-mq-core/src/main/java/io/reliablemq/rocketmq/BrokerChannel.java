package io.reliablemq.rocketmq;

import java.util.Map;
import java.util.Properties;
import java.util.Set;

import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.topic.TopicValidator;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;
import org.apache.rocketmq.remoting.protocol.body.ConsumerConnection;
import org.apache.rocketmq.remoting.protocol.body.ConsumerRunningInfo;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.jspecify.annotations.Nullable;

/**
 * Remote calls to one broker about its configuration, its topics and its consumer groups.
 */
public final class BrokerChannel {

    private final AdminChannel channel;

    private final String address;

    BrokerChannel(AdminChannel channel, String address) {
        this.channel = channel;
        this.address = address;
    }

    public Properties config() throws Exception {
        return this.channel.remote().getBrokerConfig(this.address, this.channel.timeoutMillis());
    }

    /** The configuration of a topic, {@code null} if the broker does not have it. */
    public @Nullable TopicConfig topic(String topic) throws Exception {
        return AdminChannel.unless(ResponseCode.TOPIC_NOT_EXIST, () -> this.channel.remote()
            .getTopicConfig(this.address, this.channel.withNamespace(topic), this.channel.timeoutMillis()));
    }

    /** Creates or changes a topic; attributes that are not named stay. */
    public void change(TopicConfig topic) throws Exception {
        this.channel.remote()
            .createTopic(this.address, TopicValidator.AUTO_CREATE_TOPIC_KEY_TOPIC, topic, this.channel.timeoutMillis());
    }

    /**
     * How many messages to a topic wait in the broker's timer; delay levels keep no count
     * per topic.
     */
    public long delayed(String topic) throws Exception {
        Timers timers = this.channel.invoke(this.address, RequestCode.GET_TIMER_METRICS, null, Timers.class);
        Object count = timers.timingCount.getOrDefault(this.channel.withNamespace(topic), Map.of()).get("count");
        return (count instanceof Number number) ? Math.max(0, number.longValue()) : 0L;
    }

    /** Groups that consume a topic or have done so. */
    public Set<String> groups(String topic) throws Exception {
        return this.channel.remote()
            .queryTopicConsumeByWho(this.address, this.channel.withNamespace(topic), this.channel.timeoutMillis())
            .getGroupList();
    }

    /** Topics in which a group has offsets. */
    public Set<String> topics(String group) throws Exception {
        return this.channel.remote()
            .queryTopicsByConsumer(this.address, group, this.channel.timeoutMillis())
            .getTopicList();
    }

    /** The configuration of a group, {@code null} if the broker does not know it. */
    public @Nullable SubscriptionGroupConfig group(String group) throws Exception {
        return AdminChannel.unless(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST, () -> this.channel.remote()
            .getSubscriptionGroupConfig(this.address, group, this.channel.timeoutMillis()));
    }

    /** The group's clients, {@code null} if none is connected to this broker. */
    public @Nullable ConsumerConnection clients(String group) throws Exception {
        return AdminChannel.unless(ResponseCode.CONSUMER_NOT_ONLINE, () -> this.channel.remote()
            .getConsumerConnectionList(this.address, group, this.channel.timeoutMillis()));
    }

    /** What a client says about itself; the broker passes the question on. */
    public ConsumerRunningInfo running(String group, String clientId) throws Exception {
        return this.channel.remote()
            .getConsumerRunningInfo(this.address, group, clientId, false, this.channel.timeoutMillis());
    }

    /** What is needed of the answer about timers. */
    static final class Timers {

        private Map<String, Map<String, Object>> timingCount = Map.of();

        public Map<String, Map<String, Object>> getTimingCount() {
            return this.timingCount;
        }

        public void setTimingCount(Map<String, Map<String, Object>> timingCount) {
            this.timingCount = timingCount;
        }

    }

}
