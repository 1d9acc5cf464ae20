package io.reliablemq.test.producer;

import java.util.concurrent.CompletionException;

import io.reliablemq.message.ReliableMessage;
import io.reliablemq.producer.SendReceipt;
import org.junit.jupiter.api.Tag;

/**
 * The same where no thread waits for the answer to the first attempt.
 */
@Tag("faults")
class FailingAsyncSendsIT extends FailingSendsContract {

    @Override
    SendReceipt send(SendingApplication application, ReliableMessage<?> message) {
        try {
            return application.template.sendAsync(message).join();
        }
        catch (CompletionException ex) {
            throw (RuntimeException) ex.getCause();
        }
    }

}
