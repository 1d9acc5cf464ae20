package io.reliablemq.idempotency;

import java.time.Duration;

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
        Long messageId = skipped.messageId();
        if (messageId == null) {
            return;
        }
        RecordKey own = RecordKey.ofMessageId(skipped.group(), messageId);
        if (!own.identity().equals(skipped.identity())) {
            store.recordAlias(own, skipped, retention);
        }
    }

}
