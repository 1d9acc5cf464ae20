package io.reliablemq.outbox.jdbc;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import io.reliablemq.ReliableMQException;
import io.reliablemq.jdbc.PayloadCodec;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.outbox.OutboxEntry;
import io.reliablemq.outbox.OutboxOutcome;
import io.reliablemq.producer.PreparedMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes claimed rows into messages. A row that cannot be read or decoded waits, longer
 * each time, and keeps no other from being sent: the codec that it needs may come back.
 */
final class ClaimedRows {

    private static final Logger logger = LoggerFactory.getLogger(ClaimedRows.class);

    private static final long FIRST_WAIT = TimeUnit.SECONDS.toMillis(1);

    private static final long LONGEST_WAIT = TimeUnit.MINUTES.toMillis(5);

    private static final long REPORT_INTERVAL = TimeUnit.SECONDS.toNanos(10);

    private final PayloadCodec codec;

    private final AtomicLong nextReport = new AtomicLong(System.nanoTime());

    ClaimedRows(PayloadCodec codec) {
        this.codec = codec;
    }

    /**
     * Decodes rows.
     * @param rows the rows
     * @param inOrder whether those after one that fails have to wait for it
     */
    Decoded decode(List<ClaimedRow> rows, boolean inOrder) {
        List<OutboxEntry> entries = new ArrayList<>(rows.size());
        List<OutboxOutcome> waiting = new ArrayList<>();
        for (ClaimedRow row : rows) {
            if (inOrder && !waiting.isEmpty()) {
                waiting.add(new OutboxOutcome.Again(nameless(row), Duration.ZERO, 0, false, null));
                continue;
            }
            try {
                entries.add(entry(row));
            }
            catch (Throwable ex) {
                waiting.add(later(row, ex));
            }
        }
        return new Decoded(entries, waiting);
    }

    private OutboxEntry entry(ClaimedRow row) throws Throwable {
        if (row.failure() != null) {
            throw row.failure();
        }
        StoredMessage stored = Objects.requireNonNull(row.stored());
        byte[] payload = Objects.requireNonNull(this.codec.decode(stored.payload(), row.encoding()), "no payload");
        return StoredMessages.entry(row.rowId(), row.epoch(), row.attempts(), stored, payload, row.claimEnd());
    }

    private OutboxOutcome later(ClaimedRow row, Throwable ex) {
        // The text of another's exception might quote the payload.
        String reason = "The stored message cannot be read: "
                + ((ex instanceof ReliableMQException) ? ex.getMessage() : ex.getClass().getName())
                + " It waits; look at the PayloadCodec and its keys.";
        report(row, reason);
        double wait = Math.min((double) LONGEST_WAIT, FIRST_WAIT * Math.pow(2, Math.min(20, row.attempts())));
        return new OutboxOutcome.Again(nameless(row), Duration.ofMillis((long) wait), 1, false, reason);
    }

    /** A lost key makes many of them. */
    private void report(ClaimedRow row, String reason) {
        long now = System.nanoTime();
        long next = this.nextReport.get();
        if (now - next >= 0 && this.nextReport.compareAndSet(next, now + REPORT_INTERVAL)) {
            logger.warn("Row {} of the outbox is not sent (others within 10 s are not logged). {}", row.rowId(),
                    reason);
        }
    }

    /** What is needed to write what came of it. */
    private static OutboxEntry nameless(ClaimedRow row) {
        return new OutboxEntry(row.rowId(), row.epoch(), "",
                new PreparedMessage(0, "", "", null, List.of(), new byte[0], Map.of(), null, null), row.attempts(),
                row.claimEnd());
    }

    /**
     * What came of decoding.
     *
     * @param entries messages to send
     * @param waiting what has to wait
     */
    record Decoded(List<OutboxEntry> entries, List<OutboxOutcome> waiting) {
    }

}
