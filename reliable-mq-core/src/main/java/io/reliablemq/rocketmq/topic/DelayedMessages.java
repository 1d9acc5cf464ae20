package io.reliablemq.rocketmq.topic;

import java.util.List;
import java.util.Map;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.topic.TopicAdmin.Master;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.RemotingSerializable;
import org.apache.rocketmq.remoting.protocol.RequestCode;
import org.apache.rocketmq.remoting.protocol.ResponseCode;

/**
 * Delayed messages have their queue already when they are sent, and come into it when
 * they are due, even if it is closed by then.
 */
final class DelayedMessages {

    private static final long TIMEOUT_MILLIS = 3000;

    private final TopicAdmin admin;

    DelayedMessages(TopicAdmin admin) {
        this.admin = admin;
    }

    /** Those in the brokers' timers; delay levels keep no count per topic. */
    long count(List<Master> masters) {
        return masters.stream().mapToLong(this::count).sum();
    }

    private long count(Master master) {
        try {
            return TopicAdmin.ask(master.broker() + " for its delayed messages", () -> {
                RemotingCommand response = this.admin.client()
                    .getRemotingClient()
                    .invokeSync(master.address(),
                            RemotingCommand.createRequestCommand(RequestCode.GET_TIMER_METRICS, null), TIMEOUT_MILLIS);
                if (response.getCode() != ResponseCode.SUCCESS) {
                    throw new MQBrokerException(response.getCode(), response.getRemark());
                }
                Timers timers = RemotingSerializable.decode(response.getBody(), Timers.class);
                Object count = timers.timingCount.getOrDefault(this.admin.fullName(), Map.of()).get("count");
                return (count instanceof Number number) ? Math.max(0, number.longValue()) : 0L;
            });
        }
        catch (ReliableMQException ex) {
            if (Thread.currentThread().isInterrupted()) {
                throw ex;
            }
            // Switched off, or older than timers.
            return 0;
        }
    }

    /** What is needed of the broker's answer. */
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
