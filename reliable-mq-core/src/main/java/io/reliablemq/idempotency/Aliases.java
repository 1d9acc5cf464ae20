package io.reliablemq.idempotency;

import java.time.Duration;

import io.reliablemq.message.MessageId;

/**
 * A message that was skipped under another message's identity leaves a trace under its
 * own id.
 */
final class Aliases {

    private Aliases() {
    }

    /**
     * A failure is thrown, so that the message comes again and leaves its trace then.
     */
    static void record(IdempotencyStore store, RecordKey skipped, Duration retention) {
        MessageId message = skipped.message();
        if (message == null) {
            return;
        }
        RecordKey own = RecordKey.ofMessageId(skipped.group(), message);
        if (!own.identity().equals(skipped.identity())) {
            store.recordAlias(own, skipped, retention);
        }
    }

}
