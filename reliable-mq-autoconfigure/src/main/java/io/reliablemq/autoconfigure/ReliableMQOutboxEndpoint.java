package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import io.reliablemq.outbox.OutboxStatistics;
import io.reliablemq.outbox.OutboxStore;
import io.reliablemq.outbox.ParkedMessage;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Endpoint of the outbox's pending and parked messages. Releasing and discarding need
 * {@code management.endpoint.reliablemqoutbox.access: unrestricted}.
 */
@Endpoint(id = "reliablemqoutbox", defaultAccess = Access.READ_ONLY)
public class ReliableMQOutboxEndpoint {

    private static final int LISTED = 100;

    private final OutboxStore store;

    ReliableMQOutboxEndpoint(OutboxStore store) {
        this.store = store;
    }

    /**
     * Counts unsent messages, and lists the first parked messages with their reasons.
     * @return the state
     */
    @ReadOperation
    public State state() {
        OutboxStatistics statistics = this.store.statistics();
        return new State(statistics.pending(), statistics.oldestPending(), statistics.parked(), statistics.discarded(),
                this.store.parked(LISTED).stream().map(Parked::of).toList());
    }

    /**
     * Releases a parked message for sending.
     * @param row number of its row
     * @return the result
     */
    @WriteOperation
    public Change release(@Selector String row) {
        require(this.store.release(number(row)), row);
        return new Change(row, "released");
    }

    /**
     * Discards a parked message.
     * @param row number of its row
     * @param reason why
     * @return the result
     */
    @DeleteOperation
    public Change discard(@Selector String row, @Nullable @org.springframework.lang.Nullable String reason) {
        require(this.store.discard(number(row), (reason != null) ? reason : "discarded by an operator"), row);
        return new Change(row, "discarded");
    }

    private static long number(String row) {
        try {
            return Long.parseLong(row);
        }
        catch (NumberFormatException ex) {
            throw invalid("'" + row + "' is not the number of a row.");
        }
    }

    private static void require(boolean done, String row) {
        if (!done) {
            throw invalid("No message is parked in row " + row + ".");
        }
    }

    private static InvalidEndpointRequestException invalid(String what) {
        return new InvalidEndpointRequestException(what, what + " Take one from the list of parked messages.");
    }

    /**
     * The state of the outbox.
     *
     * @param pending messages to be sent
     * @param oldestPending age of the oldest of them
     * @param parked messages that can never be sent as they are
     * @param discarded parked messages that were discarded
     * @param parkedMessages the oldest parked messages, up to 100
     */
    public record State(long pending, Duration oldestPending, long parked, long discarded,
            List<Parked> parkedMessages) {
    }

    /**
     * A parked message.
     *
     * @param row number of its row
     * @param id its id
     * @param cluster its destination cluster
     * @param topic its topic
     * @param reason why it is parked
     * @param storedAt when it was stored
     */
    public record Parked(String row, String id, String cluster, String topic, String reason, Instant storedAt) {

        // Numbers as text: JavaScript cannot tell large ones apart.
        private static Parked of(ParkedMessage parked) {
            return new Parked(Long.toString(parked.rowId()), Long.toString(parked.id()), parked.cluster(),
                    parked.topic(), parked.reason(), parked.storedAt());
        }

    }

    /**
     * The result of a change.
     *
     * @param row number of the row
     * @param done released or discarded
     */
    public record Change(String row, String done) {
    }

}
