package io.reliablemq.rocketmq.backlog;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import io.reliablemq.rocketmq.AdminChannel;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.remoting.protocol.route.BrokerData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;
import org.jspecify.annotations.Nullable;

/**
 * Where topics are, as name servers said lately. When they do not answer, what they said
 * before holds.
 */
final class TopicBrokers {

    private final long ageNanos;

    private final Map<String, Known> known = new ConcurrentHashMap<>();

    TopicBrokers(long ageNanos) {
        this.ageNanos = ageNanos;
    }

    /**
     * Finds the masters that have a topic.
     * @return a broker of a topic without a master has no address; {@code null} if there
     * is no such topic
     */
    @Nullable List<Master> of(AdminChannel channel, String topic, BacklogQuestions questions) throws Exception {
        String nameServer = channel.config().getNamesrvAddr();
        String key = nameServer + " " + channel.withNamespace(topic);
        long now = System.nanoTime();
        Known old = this.known.get(key);
        if (old != null && now - old.at() < this.ageNanos) {
            return old.masters().orElse(null);
        }
        try {
            Optional<List<Master>> masters = questions.ask("Name server " + nameServer,
                    (timeout) -> masters(channel.route(topic)));
            this.known.put(key, new Known(masters, now));
            return masters.orElse(null);
        }
        catch (BacklogQuestions.NoAnswerException ex) {
            if (old == null) {
                throw ex;
            }
            questions.problem("Routes may be out of date", ex);
            return old.masters().orElse(null);
        }
    }

    /** The masters of all brokers that the name server knows. */
    List<Master> all(BacklogChannel channel) throws Exception {
        return channel.cluster().getBrokerAddrTable().values().stream().map(TopicBrokers::master).toList();
    }

    private static Master master(BrokerData broker) {
        return new Master(broker.getBrokerName(), broker.getBrokerAddrs().get(MixAll.MASTER_ID));
    }

    private static Optional<List<Master>> masters(@Nullable TopicRouteData route) {
        return Optional.ofNullable(route).map((it) -> it.getBrokerDatas().stream().map(TopicBrokers::master).toList());
    }

    /**
     * A master.
     *
     * @param broker its name
     * @param address where to ask it, {@code null} if only slaves are there
     */
    record Master(String broker, @Nullable String address) {
    }

    private record Known(Optional<List<Master>> masters, long at) {
    }

}
