package io.reliablemq.it;

import java.nio.charset.StandardCharsets;

import io.reliablemq.message.ReliableHeaders;
import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.ReliableMQTemplate;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.messaging.support.MessageBuilder;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Routers and bridges make new messages of received ones and copy all headers.
 */
@Tag("faults")
@Timeout(200)
class CopiedHeadersIT {

    @Test
    void makeNoNewMessageADuplicateOrAnotherGroups() {
        try (Scenario scenario = new Scenario(Guarding.TRANSACTIONAL_ON_POSTGRESQL)) {
            RunningApplication application = scenario.start("one", EffectListener.class);
            RocketMQTemplate template = application.bean(RocketMQTemplate.class);
            ReliableMQTemplate reliable = application.bean(ReliableMQTemplate.class);
            reliable.send(ReliableMessage.to(scenario.topic()).payload("original").build());
            Scenario.waitFor("effect", () -> scenario.effects().total() == 1);
            MessageExt original = scenario.broker().messages(scenario.topic()).get(0);
            assertThat(original.getUserProperty(ReliableHeaders.SPACE)).matches("[a-z0-9]{8}");

            MessageBuilder<String> copy = MessageBuilder.withPayload("copy");
            original.getProperties().forEach(copy::setHeader);
            template.send(scenario.topic(), copy.build());
            for (String payload : new String[] { "mail", "invoice" }) {
                template.send(scenario.topic(),
                        MessageBuilder.withPayload(payload).setHeader(ReliableHeaders.ID, "42").build());
            }
            template.send(scenario.topic(),
                    MessageBuilder.withPayload("label").setHeader(ReliableHeaders.TARGET_GROUP, "warehouse").build());

            Scenario.waitFor("effects", () -> scenario.effects().total() == 5);
            assertThat(application.deliveries("duplicate", "other-group")).isZero();
            MessageExt copied = scenario.broker()
                .messages(scenario.topic())
                .stream()
                .filter((each) -> new String(each.getBody(), StandardCharsets.UTF_8).equals("copy"))
                .findFirst()
                .orElseThrow();
            assertThat(copied.getProperties()).containsEntry(ReliableHeaders.ID,
                    original.getUserProperty(ReliableHeaders.ID));
        }
    }

}
