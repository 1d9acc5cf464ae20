package io.reliablemq.it;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every message is sent twice with one id, to different queues, and consumed by two
 * instances at once.
 */
@Tag("faults")
@Timeout(600)
class SentTwiceIT {

    private static final int MESSAGES = 10_000;

    /**
     * A thread takes one queue after the other, so a message's copies are this far apart,
     * and each instance has one half of the queues.
     */
    private static final int APART = Scenario.QUEUES / 2;

    static Stream<Arguments> rounds() {
        return Chaos.rounds(Guarding.TRANSACTIONAL_ON_POSTGRESQL, Guarding.TRANSACTIONAL_ON_MARIADB,
                Guarding.LEASE_ON_POSTGRESQL, Guarding.LEASE_ON_REDIS, Guarding.TRANSACTIONAL_IN_BATCHES,
                Guarding.TRANSACTIONAL_IN_BATCHES_ON_MARIADB, Guarding.LEASE_IN_BATCHES_ON_REDIS);
    }

    @ParameterizedTest(name = "{0}, seed {1}")
    @MethodSource("rounds")
    void hasOneEffectPerMessage(Guarding guarding, long seed) throws Exception {
        List<String> keys = new ArrayList<>(Sending.keys(MESSAGES));
        Collections.shuffle(keys, new Random(seed));
        try (Scenario scenario = new Scenario(guarding)) {
            RunningApplication one = scenario.start("one", EffectListener.class);
            RunningApplication two = scenario.start("two", EffectListener.class);
            ReliableMQTemplate sender = scenario.sender();

            Sending.inParallel(keys, (some) -> sendTwice(sender, scenario.topic(), some));
            scenario.waitUntilDrained();

            Effects effects = scenario.effects();
            assertThat(effects.total()).as("effects").isEqualTo(MESSAGES);
            assertThat(effects.doubled()).as("doubled").isZero();
            assertThat(effects.by("one")).isPositive();
            assertThat(effects.by("two")).isPositive();
            assertThat(one.deliveries("processed") + two.deliveries("processed")).isEqualTo(MESSAGES);
            assertThat(one.deliveries("duplicate") + two.deliveries("duplicate")).isGreaterThanOrEqualTo(MESSAGES);
            assertThat(one.counter("reliable.mq.lease.lost") + two.counter("reliable.mq.lease.lost")).isZero();
            assertThat(queuesById(scenario)).hasSize(MESSAGES)
                .allSatisfy((id, queues) -> assertThat(queues).hasSize(2));
        }
    }

    private static void sendTwice(ReliableMQTemplate sender, String topic, List<String> keys) {
        for (int from = 0; from < keys.size(); from += APART) {
            List<String> some = keys.subList(from, Math.min(keys.size(), from + APART));
            List<Long> ids = some.stream().map((key) -> sender.send(topic, key).id()).toList();
            for (int i = 0; i < some.size(); i++) {
                sender.send(ReliableMessage.to(topic).payload(some.get(i)).id(ids.get(i)).build());
            }
        }
    }

    private static Map<String, Set<Integer>> queuesById(Scenario scenario) {
        return scenario.broker()
            .messages(scenario.topic())
            .stream()
            .collect(Collectors.groupingBy((message) -> message.getUserProperty("RELIABLE_ID"),
                    Collectors.mapping(MessageExt::getQueueId, Collectors.toSet())));
    }

}
