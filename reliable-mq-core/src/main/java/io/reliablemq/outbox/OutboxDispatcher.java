package io.reliablemq.outbox;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends claimed messages and writes their outcomes. A message whose outcome cannot be
 * written is sent again when its claim has run out.
 */
final class OutboxDispatcher {

    private static final Logger logger = LoggerFactory.getLogger(OutboxDispatcher.class);

    private final OutboxStore store;

    private final OutboxSender sender;

    private final OutboxMeters meters;

    private final LateSettlements late;

    private final int batchSize;

    OutboxDispatcher(OutboxStore store, OutboxSender sender, OutboxMeters meters, int batchSize) {
        this.store = store;
        this.sender = sender;
        this.meters = meters;
        this.late = new LateSettlements(new Settlements(this::write)::settle);
        this.batchSize = batchSize;
    }

    /** Messages of one destination; what is not tried is given back. */
    void deliverGroup(List<OutboxEntry> entries, LaneConcurrency.Place place) {
        List<OutboxOutcome> outcomes = new ArrayList<>();
        try {
            outcomes.addAll(this.sender.send(entries, false, place));
        }
        finally {
            outcomes.addAll(OutboxSender.untried(entries.subList(outcomes.size(), entries.size()), Duration.ZERO));
            settle(outcomes);
        }
    }

    /** All of a key that can go, while the relay runs. */
    void deliverKey(OrderingKey key, LaneConcurrency.Place place, BooleanSupplier running) {
        boolean more = true;
        boolean goOn = false;
        while (more && running.getAsBoolean() && !Thread.currentThread().isInterrupted()) {
            List<OutboxEntry> entries = this.store.claimKey(key, this.batchSize, goOn);
            // What is left behind a full claim was made due later by it.
            goOn = entries.size() == this.batchSize;
            if (entries.isEmpty()) {
                return;
            }
            List<OutboxOutcome> outcomes = new ArrayList<>();
            try {
                outcomes.addAll(this.sender.send(entries, true, place));
            }
            finally {
                more = outcomes.size() == entries.size()
                        && outcomes.stream().noneMatch(OutboxOutcome.Again.class::isInstance);
                outcomes.addAll(OutboxSender.untried(entries.subList(outcomes.size(), entries.size()), Duration.ZERO));
                more &= settle(outcomes);
            }
        }
    }

    /**
     * Writes what came of claims; throws nothing. What cannot be written for now is tried
     * again by {@link #settleLate} while its claim lasts.
     * @return whether all is written
     */
    boolean settle(Collection<OutboxOutcome> outcomes) {
        outcomes.forEach(this::report);
        // An interrupt ends sending; a database would not even be asked.
        boolean interrupted = Thread.interrupted();
        try {
            return this.late.write(outcomes);
        }
        finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Tries again to write what could not be written. */
    void settleLate() {
        this.late.writeAgain(System.nanoTime());
    }

    private void report(OutboxOutcome outcome) {
        if (outcome instanceof OutboxOutcome.Parked parked) {
            logger.error("Message {} to {} is parked in the outbox, it can never be sent as it is: {}",
                    parked.entry().message().id(), parked.entry().message().destination(), parked.reason());
        }
    }

    private void write(Collection<OutboxOutcome> outcomes) {
        int refused = this.store.settle(outcomes);
        if (refused > 0) {
            this.meters.refused(refused);
            logger.info("{} outbox claim(s) had run out before they were settled; those messages may be sent twice",
                    refused);
        }
    }

    /**
     * For each destination its messages, in groups of at most as many as are sent and
     * marked together.
     */
    List<List<List<OutboxEntry>>> byDestination(List<OutboxEntry> entries) {
        Map<ClusterTopic, List<List<OutboxEntry>>> all = new LinkedHashMap<>();
        for (OutboxEntry entry : entries) {
            List<List<OutboxEntry>> groups = all.computeIfAbsent(entry.destination(), (key) -> new ArrayList<>());
            if (groups.isEmpty() || groups.get(groups.size() - 1).size() == this.batchSize) {
                groups.add(new ArrayList<>());
            }
            groups.get(groups.size() - 1).add(entry);
        }
        return List.copyOf(all.values());
    }

}
