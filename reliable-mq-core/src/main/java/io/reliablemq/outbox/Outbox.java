package io.reliablemq.outbox;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.message.InvalidMessageException;
import io.reliablemq.producer.AfterCommitSender;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.MessageTransport;
import io.reliablemq.producer.PreparedMessage;
import io.reliablemq.producer.SendBuffer;
import io.reliablemq.producer.SendFailedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Decides which messages are stored before they are sent. Crash points: before the commit
 * nothing is stored and nothing is sent; after it the message is stored, and sent by this
 * instance or, when its claim has run out, by any. If the answer to a commit of its own
 * is lost, the message may be stored: the sender is told that this is uncertain.
 */
public final class Outbox implements SendBuffer {

    private static final Logger logger = LoggerFactory.getLogger(Outbox.class);

    private static final int LONGEST_KEY = 255;

    private static final long REPORT_INTERVAL = TimeUnit.SECONDS.toNanos(10);

    private final OutboxMode mode;

    private final OutboxStore store;

    private final OutboxClusters clusters;

    private final OutboxRelay relay;

    private final DirectSends ledger;

    private final AtomicBoolean warned = new AtomicBoolean();

    private final AtomicLong nextReport = new AtomicLong(System.nanoTime());

    /**
     * Creates an outbox.
     * @param mode which messages are stored
     * @param store where they are stored
     * @param clusters where they can be sent
     * @param relay sends them
     * @param ledger learns of messages that were sent without being stored
     */
    public Outbox(OutboxMode mode, OutboxStore store, OutboxClusters clusters, OutboxRelay relay, DirectSends ledger) {
        this.mode = mode;
        this.store = store;
        this.clusters = clusters;
        this.relay = relay;
        this.ledger = ledger;
    }

    @Override
    public List<PreparedMessage> keep(MessageTransport transport, List<PreparedMessage> messages,
            AfterCommitSender afterCommit) {
        if (this.mode == OutboxMode.OFF) {
            return List.of();
        }
        String cluster = this.clusters.nameOf(transport);
        if (cluster == null) {
            throw new InvalidConfigurationException(
                    "The RocketMQTemplate of this send is no bean and has no name server, so that nobody could say to"
                            + " which cluster a stored message belongs.",
                    "Make the template a bean, or set the name server of its producer; or set"
                            + " reliable-mq.outbox.mode to off, and nothing is stored.");
        }
        messages.forEach(Outbox::check);
        MessageTransaction transaction = transaction();
        boolean inside = transaction != null;
        List<PreparedMessage> kept = new ArrayList<>();
        List<OutboxMessage> stored = new ArrayList<>();
        List<OutboxMessage> later = new ArrayList<>();
        for (PreparedMessage message : messages) {
            boolean first = isStored(message, inside);
            if (first || inside) {
                kept.add(message);
                (first ? stored : later).add(OutboxMessage.fresh(cluster, message, this.relay.isRunning()));
            }
        }
        if (transaction != null) {
            transaction.add(stored, later, afterCommit);
        }
        else if (!stored.isEmpty()) {
            store(stored);
        }
        return kept;
    }

    private static void check(PreparedMessage message) {
        if (message.orderingKey() != null
                && message.orderingKey().getBytes(StandardCharsets.UTF_8).length > LONGEST_KEY) {
            throw new InvalidMessageException(
                    "The ordering key of message " + message.id() + " to " + message.destination() + " has more than "
                            + LONGEST_KEY + " bytes, which the outbox cannot store. Use a shorter one, such as an id.");
        }
    }

    private boolean isStored(PreparedMessage message, boolean inside) {
        return message.orderingKey() != null || this.mode == OutboxMode.ALWAYS
                || (inside && this.mode == OutboxMode.TRANSACTIONAL);
    }

    private void store(List<OutboxMessage> messages) {
        try {
            this.relay.sendCommitted(this.store.add(messages));
        }
        catch (OutboxStoreException ex) {
            PreparedMessage first = messages.get(0).message();
            throw new SendFailedException("Message " + first.id() + " to " + first.destination() + (ex.isUncertain()
                    ? " was not sent, but may be stored to be sent later: send it again only under the same id. "
                    : " was neither sent nor stored. ") + ex.getMessage(), first.id(), first.destination(), 0,
                    ex.isUncertain(), ex);
        }
    }

    /** That which messages become part of, {@code null} outside. */
    private @Nullable MessageTransaction transaction() {
        Object id = this.store.transaction();
        RunningTransaction running = (id != null) ? RunningTransaction.of(id) : null;
        if (running != null && running.isOver()) {
            return null;
        }
        if (running != null && !running.isReadOnly()) {
            return running.part(this);
        }
        if (running == null && id != null && this.store.joinsTransaction()) {
            UnknownTransaction unknown = UnknownTransaction.of(id, this);
            return unknown.isOver() ? null : unknown;
        }
        if (TransactionSynchronizationManager.isActualTransactionActive() && this.warned.compareAndSet(false, true)) {
            logger.warn("A message is sent within a transaction that the outbox is no part of (read-only, of JTA, or on"
                    + " another DataSource), so that it is sent even if that transaction is rolled back. Said once; name"
                    + " the DataSource by reliable-mq.jdbc.data-source, or send outside of transactions.");
        }
        return null;
    }

    OutboxStore store() {
        return this.store;
    }

    /** Not on this thread: it has committed and still holds its connection. */
    void storeElsewhere(List<OutboxMessage> messages) {
        if (messages.isEmpty()) {
            return;
        }
        new Thread(() -> {
            try {
                this.relay.sendCommitted(this.store.add(messages));
            }
            catch (RuntimeException | Error ex) {
                logger.error(
                        "{} message(s) to {} are lost, unless the commit was not answered: they were sent while a"
                                + " transaction committed, and could not be stored after it",
                        messages.size(), messages.get(0).message().destination(), ex);
            }
        }, "reliable-mq-outbox-late").start();
    }

    void sendCommitted(List<OutboxEntry> entries) {
        this.relay.sendCommitted(entries);
    }

    @Override
    public boolean keepFailed(MessageTransport transport, List<PreparedMessage> messages, int tried,
            SendFailedException failure) {
        String cluster = this.clusters.nameOf(transport);
        if (this.mode == OutboxMode.OFF || cluster == null) {
            return false;
        }
        // Without a cause it was the broker's answer that did not suffice: it has copies.
        Duration pause = (failure.getAttempts() == 0) ? Duration.ZERO : OutboxSender
            .afterAttempts(failure.getAttempts(), failure.isUncertain() && failure.getCause() == null);
        List<OutboxMessage> failed = new ArrayList<>();
        for (PreparedMessage message : messages) {
            failed.add((failed.size() < tried) ? new OutboxMessage(cluster, message, false, failure.getAttempts(),
                    failure.isUncertain(), failure.getMessage(), pause) : OutboxMessage.fresh(cluster, message, false));
        }
        // An interrupt ends the attempts; a database would not even be asked.
        boolean interrupted = Thread.interrupted();
        try {
            this.store.add(failed);
        }
        catch (RuntimeException ex) {
            if (ex instanceof OutboxStoreException unanswered && unanswered.isUncertain()) {
                throw ex;
            }
            failure.addSuppressed(ex);
            return false;
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        report(failed.size(), failure);
        this.relay.wakeUp();
        return true;
    }

    /** An outage makes many of them. */
    private void report(int count, SendFailedException failure) {
        long now = System.nanoTime();
        long next = this.nextReport.get();
        if (now - next >= 0 && this.nextReport.compareAndSet(next, now + REPORT_INTERVAL)) {
            logger.warn("{} message(s) to {} could not be sent and are in the outbox now (others within 10 s are"
                    + " logged as debug): {}", count, failure.getDestination(), failure.getMessage());
        }
        else {
            logger.debug("{} message(s) to {} could not be sent and are in the outbox now", count,
                    failure.getDestination(), failure);
        }
    }

    @Override
    public void acknowledged(MessageTransport transport, PreparedMessage message, AttemptResult.Stored stored) {
        String cluster = this.clusters.nameOf(transport);
        if (cluster != null) {
            this.ledger.record(cluster, message, stored);
        }
    }

}
