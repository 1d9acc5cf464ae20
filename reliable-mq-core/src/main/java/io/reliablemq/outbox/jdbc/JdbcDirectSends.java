package io.reliablemq.outbox.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.id.MessageIdGenerator;
import io.reliablemq.jdbc.JdbcDatabase;
import io.reliablemq.jdbc.MessageColumns;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.jdbc.Table;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.DirectSends;
import io.reliablemq.producer.AttemptResult;
import io.reliablemq.producer.PreparedMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Notes direct sends in the table {@code reliable_mq_ledger}, in batches, on a thread of
 * its own: sending does not wait for it. What does not fit into its memory, or cannot be
 * written, is not noted and counted as {@code reliable.mq.ledger.missed}; that time is
 * recorded as a gap, for which nothing is proven. What waits in memory when the
 * application is killed is neither noted nor counted.
 */
public final class JdbcDirectSends implements DirectSends, SmartLifecycle {

    private static final Logger logger = LoggerFactory.getLogger(JdbcDirectSends.class);

    private static final int CAPACITY = 10_000;

    private static final int AT_ONCE = 500;

    /** Stops after the listeners and the relay. */
    private static final int PHASE = Integer.MAX_VALUE - 3100;

    private final JdbcDatabase database;

    private final MessageColumns columns;

    private final MessageIdGenerator rowIds;

    private final Set<String> topics;

    private final Duration retention;

    private final Counter missed;

    private final String insert;

    private final String purge;

    private final BlockingQueue<Sent> queue = new ArrayBlockingQueue<>(CAPACITY);

    private final LedgerGap gap;

    private volatile boolean running;

    private @Nullable Thread writer;

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
        this.gap = new LedgerGap(gaps, clock);
        this.database = database;
        this.columns = new MessageColumns(database.dialect(), codec);
        this.rowIds = rowIds;
        this.topics = Set.copyOf(topics);
        this.retention = retention;
        this.missed = Counter.builder("reliable.mq.ledger.missed")
            .description("Direct sends that could not be noted")
            .register(meters);
        String table = database.name(Table.LEDGER);
        String now = database.dialect().now();
        this.insert = "INSERT INTO " + table + " (row_id, " + MessageColumns.SPACE + ", " + MessageColumns.NAMES
                + ", sent_at, broker_name, queue_id, queue_offset, send_status) VALUES (?, ?, "
                + MessageColumns.PLACEHOLDERS + ", " + now + ", ?, ?, ?, ?)";
        this.purge = database.dialect().deleteSome(table, "sent_at < " + now + " - ?", "sent_at");
    }

    @Override
    public void record(String cluster, PreparedMessage message, AttemptResult.Stored stored) {
        if (this.topics.contains(message.topic())
                && (!this.running || !this.queue.offer(new Sent(cluster, message, stored)))) {
            this.missed.increment();
            this.gap.open();
        }
    }

    @Override
    public void start() {
        this.running = true;
        Thread thread = new Thread(this::run, "reliable-mq-ledger");
        thread.setDaemon(true);
        thread.start();
        this.writer = thread;
    }

    @Override
    public void stop() {
        this.running = false;
        try {
            if (this.writer != null) {
                this.writer.join(TimeUnit.SECONDS.toMillis(10));
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean isRunning() {
        return this.running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }

    private void run() {
        List<Sent> some = new ArrayList<>();
        long nextPurge = System.nanoTime();
        while (this.running || !this.queue.isEmpty()) {
            try {
                Sent first = this.queue.poll(100, TimeUnit.MILLISECONDS);
                if (first != null) {
                    some.add(first);
                    this.queue.drainTo(some, AT_ONCE - 1);
                    write(some);
                }
                else {
                    this.gap.nothingWaits();
                }
                this.gap.report();
                if (first == null && System.nanoTime() - nextPurge >= 0) {
                    nextPurge = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
                    purge();
                }
            }
            catch (InterruptedException ex) {
                return;
            }
            some.clear();
        }
    }

    private void write(List<Sent> some) {
        try {
            long[] ids = this.rowIds.nextIds(some.size());
            int unused = this.database.inOwnTransaction((connection) -> insert(connection, some, ids));
        }
        catch (SQLException | RuntimeException ex) {
            this.missed.increment(some.size());
            this.gap.open();
            logger.warn("{} direct sends could not be noted in the ledger; reconciliation will not look for them",
                    some.size(), ex);
        }
    }

    private int insert(Connection connection, List<Sent> some, long[] ids) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(this.insert)) {
            for (int i = 0; i < ids.length; i++) {
                Sent sent = some.get(i);
                statement.setLong(1, ids[i]);
                statement.setString(2, MessageColumns.space(sent.message().space()));
                this.columns.set(statement, 3, sent.message());
                int next = 3 + MessageColumns.COUNT;
                statement.setString(next, sent.stored().target().broker());
                statement.setInt(next + 1, sent.stored().target().queueId());
                statement.setLong(next + 2, sent.stored().queueOffset());
                statement.setString(next + 3, sent.stored().status().name());
                statement.addBatch();
            }
            return statement.executeBatch().length;
        }
    }

    private void purge() {
        try {
            int unused = this.database.inAutoCommit((connection) -> {
                try (PreparedStatement statement = connection.prepareStatement(this.purge)) {
                    statement.setLong(1, this.retention.toMillis());
                    statement.setInt(2, 10 * AT_ONCE);
                    return statement.executeUpdate();
                }
            });
        }
        catch (SQLException ex) {
            logger.info("Old rows of the ledger could not be deleted; that is tried again in a minute", ex);
        }
    }

    /** A message that was sent. */
    private record Sent(StoredMessage message, AttemptResult.Stored stored) {

        Sent(String cluster, PreparedMessage message, AttemptResult.Stored stored) {
            this(StoredMessages.of(cluster, message), stored);
        }

    }

}
