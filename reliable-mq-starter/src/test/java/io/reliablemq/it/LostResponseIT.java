package io.reliablemq.it;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import io.reliablemq.producer.SendReceipt;
import io.reliablemq.test.EmbeddedRocketMQBroker;
import io.reliablemq.test.servers.TcpProxy;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The broker stores a message, but its answer gets lost.
 */
@Tag("faults")
@Timeout(300)
class LostResponseIT {

    @Test
    void twoCopiesAtTheBrokerHaveOneEffect() throws Exception {
        try (TcpProxy proxy = TcpProxy.start();
                EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder()
                    .delayLevels(Broker.DELAY_LEVELS)
                    .advertisedPort(proxy.port())
                    .start()) {
            String[] address = broker.brokerAddress().split(":");
            proxy.forwardTo(address[0], Integer.parseInt(address[1]));
            try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL, broker, 4)) {
                scenario.with("reliable-mq.producer.attempt-timeout", "2s");
                scenario.start("consumer", EffectListener.class);
                ReliableMQTemplate sender = scenario.sender();
                sender.send(scenario.topic(), "connects");
                Scenario.waitFor("connected", () -> scenario.effects().of("connects") == 1);

                proxy.swallowResponses(true);
                CompletableFuture<SendReceipt> sending = CompletableFuture.supplyAsync(
                        () -> sender.send(ReliableMessage.to(scenario.topic()).payload("twice").id(42).build()));
                Scenario.waitFor("stored", () -> broker.messageCount(scenario.topic()) == 2);
                Scenario.waitFor("stored again", () -> {
                    boolean again = broker.messageCount(scenario.topic()) > 2;
                    proxy.swallowResponses(!again);
                    return again;
                });
                SendReceipt receipt = sending.get(60, TimeUnit.SECONDS);
                scenario.waitUntilDrained();

                assertThat(receipt.attempts()).isGreaterThan(1);
                assertThat(broker.messages(scenario.topic()).stream().filter(LostResponseIT::isTheMessage))
                    .hasSizeGreaterThan(1);
                assertThat(scenario.effects().of("twice")).isOne();
            }
        }
    }

    private static boolean isTheMessage(MessageExt message) {
        return "42".equals(message.getUserProperty("RELIABLE_ID"));
    }

}
