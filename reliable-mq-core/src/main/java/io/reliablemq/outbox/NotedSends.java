package io.reliablemq.outbox;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.reliablemq.Internal;
import io.reliablemq.producer.AfterCommitSender;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendBuffer;
import io.reliablemq.producer.SendFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A buffer that keeps nothing, but records in the ledger what was acknowledged: for
 * applications that have switched the outbox off and reconcile all the same.
 */
@Internal
public final class NotedSends implements SendBuffer {

    private static final Logger logger = LoggerFactory.getLogger(NotedSends.class);

    private final OutboxClusters clusters;

    private final DirectSends ledger;

    private final AtomicBoolean warned = new AtomicBoolean();

    /**
     * Creates it.
     * @param clusters know the names of clusters
     * @param ledger learns of every acknowledged message
     */
    public NotedSends(OutboxClusters clusters, DirectSends ledger) {
        this.clusters = clusters;
        this.ledger = ledger;
    }

    @Override
    public List<PreparedMessage> keep(MessageTransport transport, List<PreparedMessage> messages,
            AfterCommitSender afterCommit) {
        return List.of();
    }

    @Override
    public boolean keepFailed(MessageTransport transport, List<PreparedMessage> messages, int tried,
            SendFailedException failure) {
        return false;
    }

    @Override
    public void acknowledged(MessageTransport transport, PreparedMessage message, AttemptResult.Stored stored) {
        String cluster = this.clusters.nameOf(transport);
        if (cluster != null) {
            this.ledger.record(cluster, message, stored);
        }
        else if (this.warned.compareAndSet(false, true)) {
            logger.warn("What is sent by a RocketMQTemplate that is no bean and has no name server is not noted in the"
                    + " ledger: make it a bean, or set the name server of its producer. Said once.");
        }
    }

}
