package io.reliablemq.idempotency;

import java.time.Duration;

import io.reliablemq.message.MessageId;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * A message that was skipped under another message's identity leaves a trace under its
 * own id.
 */
final class Aliases {

    private Aliases() {
    }

    /**
     * A failure is thrown, so that the message comes again and leaves its trace then. In
     * the caller's transaction it is left after the commit: the other message may be that
     * transaction's own.
     */
    static void record(IdempotencyStore store, RecordKey skipped, Duration retention) {
        MessageId message = skipped.message();
        if (message == null) {
            return;
        }
        RecordKey own = RecordKey.ofMessageId(skipped.group(), message);
        if (own.identity().equals(skipped.identity())) {
            return;
        }
        if (TransactionSynchronizationManager.isActualTransactionActive()
                && TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

                @Override
                public void afterCommit() {
                    store.recordAlias(own, skipped, retention);
                }

            });
            return;
        }
        store.recordAlias(own, skipped, retention);
    }

}
