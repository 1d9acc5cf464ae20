package io.reliablemq.test.producer;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.SendReceipt;
import org.junit.jupiter.api.Tag;

@Tag("faults")
class FailingSendsIT extends FailingSendsContract {

    @Override
    SendReceipt send(SendingApplication application, ReliableMessage<?> message) {
        return application.template.send(message);
    }

}
