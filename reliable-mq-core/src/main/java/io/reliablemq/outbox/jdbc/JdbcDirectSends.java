package io.reliablemq.outbox.jdbc;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Table;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.outbox.jdbc.SentQueue.Sent;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Records direct sends in the table {@code reliable_mq_ledger}, in batches, on a thread
 * of its own: sending does not wait for it. What does not fit into its memory, or cannot
 * be written, is not noted and counted as {@code reliable.mq.ledger.missed}; that time is
 * recorded as a gap, for which nothing is proven. A message that cannot be written costs
 * only itself.
 * <p>
 * The thread survives whatever is thrown; should it end, the next message starts another
 * one. What is acknowledged after the ledger was stopped, while the application closes,
 * is still noted if the database is there, and recorded as a gap in any case. What waits
 * in memory when the process is killed is neither noted nor counted.
 */
public final class JdbcDirectSends implements DirectSends, SmartLifecycle, AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(JdbcDirectSends.class);

    private static final long MOST_BYTES = Math.min(64 * 1024 * 1024, Runtime.getRuntime().maxMemory() / 8);

    private static final int PURGED_AT_ONCE = 5000;

    /** How long it is tried to write a batch in ever smaller parts. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** How long it is tried to write what is left when the application closes. */
    private static final long LAST_MOMENT = TimeUnit.SECONDS.toNanos(10);

    /** Stops after the listeners and the relay. */
    private static final int PHASE = Integer.MAX_VALUE - 3100;

    private final JdbcDatabase database;

    private final LedgerInserts inserts;

    private final Set<String> topics;

    private final Duration retention;

    private final Counter missed;

    private final Clock clock;

    private final LedgerPurge purge;

    private final SentQueue queue = new SentQueue(MOST_BYTES);

    private final LedgerGap gap;

    private volatile State state = State.NEW;

    private volatile @Nullable Thread writer;

    /** Until when it is tried to write what came after the end. */
    private volatile long giveUp;

    private long nextPurge = System.nanoTime();

    /**
     * Creates a ledger that does not write yet.
     * @param database the database with the tables
     * @param codec how payloads are stored
     * @param rowIds numbers the rows
     * @param topics the topics whose messages are noted
     * @param retention how long they are kept
     * @param meters where {@code reliable.mq.ledger.missed} is registered
     * @param gaps told from when to when messages may be missing; called again if it
     * throws
     * @param clock tells the time
     */
    public JdbcDirectSends(JdbcDatabase database, PayloadCodec codec, MessageIdGenerator rowIds, Set<String> topics,
            Duration retention, MeterRegistry meters, BiConsumer<Instant, Instant> gaps, Clock clock) {
        this.clock = clock;
        this.gap = new LedgerGap(gaps, clock);
        this.database = database;
        this.inserts = new LedgerInserts(database, codec, rowIds, PATIENCE);
        this.topics = Set.copyOf(topics);
        this.retention = retention;
        this.missed = Counter.builder("reliable.mq.ledger.missed")
            .description("Direct sends that could not be noted")
            .register(meters);
        this.purge = new LedgerPurge(database, Table.LEDGER, "", "sent_at", "sent_at");
    }

    @Override
    public void record(String cluster, PreparedMessage message, AttemptResult.Stored stored) {
        if (!this.topics.contains(message.topic())) {
            return;
        }
        Instant now = this.clock.instant();
        if (!this.queue.offer(new Sent(StoredMessages.of(cluster, message), stored, now))) {
            this.missed.increment();
            this.gap.open(now);
        }
        State current = this.state;
        if (current == State.STOPPED) {
            this.gap.open(now);
            this.giveUp = System.nanoTime() + LAST_MOMENT;
        }
        if (current != State.NEW) {
            goOn();
        }
    }

    /** The sender must not learn of it: its message is where it should be. */
    private void goOn() {
        try {
            write();
        }
        catch (Throwable ex) {
            this.gap.open();
            logger.error("The ledger of direct sends could not start to write; the next message tries it again", ex);
        }
    }

    @Override
    public void start() {
        this.state = State.RUNNING;
        write();
    }

    @Override
    public void stop() {
        this.giveUp = System.nanoTime() + LAST_MOMENT;
        this.state = State.STOPPED;
        if (isWanted()) {
            goOn();
        }
        awaitWriter();
    }

    /**
     * Waits, for up to 10 s, until what came after the end is written.
     */
    @Override
    public void close() {
        if (this.state != State.STOPPED) {
            stop();
        }
        awaitWriter();
    }

    private void awaitWriter() {
        try {
            Thread thread = this.writer;
            if (thread != null) {
                thread.join(TimeUnit.NANOSECONDS.toMillis(LAST_MOMENT));
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return this.state == State.RUNNING;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    private boolean isWriting() {
        Thread thread = this.writer;
        return thread != null && thread.isAlive();
    }

    private void write() {
        if (!isWriting()) {
            startWriter();
        }
    }

    private synchronized void startWriter() {
        if (isWriting()) {
            return;
        }
        Thread thread = new Thread(this::run, "reliable-mq-ledger");
        thread.setDaemon(true);
        this.writer = thread;
        thread.start();
    }

    private void run() {
        boolean asExpected = false;
        try {
            while (isWanted()) {
                writeSome();
            }
            asExpected = true;
        }
        finally {
            ended(asExpected);
        }
    }

    /** After a failure the next message starts another thread. */
    private void ended(boolean asExpected) {
        synchronized (this) {
            this.writer = null;
        }
        if (!asExpected) {
            this.gap.open();
        }
        else if (isWanted()) {
            goOn();
        }
        else if (this.gap.isOpen() || !this.queue.isEmpty()) {
            logger.error("Closed before all direct sends were noted and before the gap in the ledger could be recorded:"
                    + " reconciliation will not know of messages of the last seconds. Check the database.");
        }
    }

    private boolean isWanted() {
        return isRunning() || ((!this.queue.isEmpty() || this.gap.isOpen()) && System.nanoTime() - this.giveUp < 0);
    }

    private void writeSome() {
        try {
            List<Sent> some = this.queue.take();
            if (some.isEmpty()) {
                this.gap.nothingWaits();
            }
            else {
                write(some);
            }
            this.gap.report();
            if (some.isEmpty() && isRunning() && System.nanoTime() - this.nextPurge >= 0) {
                this.nextPurge = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
                purge();
            }
        }
        catch (InterruptedException ex) {
            logger.debug("The ledger goes on writing: it is ended by being stopped");
        }
        catch (Throwable ex) {
            this.gap.open();
            logger.error("The ledger of direct sends failed unexpectedly and goes on", ex);
        }
    }

    private void write(List<Sent> some) {
        boolean written = false;
        try {
            LedgerInserts.Outcome outcome = this.inserts.write(some);
            written = outcome.missed().isEmpty();
            if (!written) {
                this.missed.increment(outcome.missed().size());
                logger.warn(
                        "{} of {} direct sends could not be noted in the ledger; reconciliation will not look for"
                                + " them. The first is message {} to {}",
                        outcome.missed().size(), some.size(), outcome.missed().get(0).message().id(),
                        outcome.missed().get(0).message().topic(), outcome.failure());
            }
        }
        finally {
            this.queue.written(some);
            if (!written) {
                this.gap.open(Objects.requireNonNull(Sent.earliest(some)));
            }
        }
    }

    private void purge() {
        try {
            int unused = this.database.inOwnTransaction((connection) -> {
                LedgerPurge.lockOnlyWhatIsFound(this.database.dialect(), connection);
                return this.purge.run(connection, this.retention, PURGED_AT_ONCE);
            });
        }
        catch (SQLException | RuntimeException ex) {
            logger.info("Old rows of the ledger could not be deleted; that is tried again in a minute", ex);
        }
    }

    private enum State {

        NEW, RUNNING, STOPPED

    }

}
