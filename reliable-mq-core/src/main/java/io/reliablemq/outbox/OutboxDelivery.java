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
 * Sends claimed messages and writes what came of it. What cannot be written is sent again
 * when its claim has run out.
 */
final class OutboxDelivery {

    private static final Logger logger = LoggerFactory.getLogger(OutboxDelivery.class);

    private final OutboxStore store;

    private final OutboxSender sender;

    private final OutboxMeters meters;

    private final Settlements settlements;

    private final int batchSize;

    OutboxDelivery(OutboxStore store, OutboxSender sender, OutboxMeters meters, int batchSize) {
        this.store = store;
        this.sender = sender;
        this.meters = meters;
        this.settlements = new Settlements(this::write);
        this.batchSize = batchSize;
    }

    /** Messages of any destinations. */
    void deliver(List<OutboxEntry> entries) {
        try {
            byDestination(entries).forEach(this::deliverGroup);
        }
        catch (RuntimeException ex) {
            logger.warn("Sending committed messages failed; they are sent again when their claim has run out", ex);
        }
    }

    void deliverGroup(List<OutboxEntry> entries) {
        try {
            settle(this.sender.send(entries, false));
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** All of a key that can go, while the relay runs. */
    void deliverKey(OrderingKey key, BooleanSupplier running) {
        try {
            boolean more = true;
            boolean goOn = false;
            while (more && running.getAsBoolean()) {
                List<OutboxEntry> entries = this.store.claimKey(key, this.batchSize, goOn);
                goOn = true;
                if (entries.isEmpty()) {
                    return;
                }
                List<OutboxOutcome> outcomes = new ArrayList<>(this.sender.send(entries, true));
                more = outcomes.size() == entries.size()
                        && outcomes.stream().noneMatch(OutboxOutcome.Again.class::isInstance);
                outcomes.addAll(OutboxSender.untried(entries.subList(outcomes.size(), entries.size()), Duration.ZERO));
                settle(outcomes);
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    void settle(Collection<OutboxOutcome> outcomes) {
        this.settlements.settle(outcomes);
        outcomes.forEach((outcome) -> {
            if (outcome instanceof OutboxOutcome.Parked parked) {
                logger.error("Message {} to {} is parked in the outbox, it can never be sent as it is: {}",
                        parked.entry().message().id(), parked.entry().message().destination(), parked.reason());
            }
        });
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
     * Messages of one destination each, at most as many as are sent and marked together.
     */
    List<List<OutboxEntry>> groups(List<OutboxEntry> entries) {
        List<List<OutboxEntry>> groups = new ArrayList<>();
        for (List<OutboxEntry> all : byDestination(entries)) {
            for (int i = 0; i < all.size(); i += this.batchSize) {
                groups.add(all.subList(i, Math.min(all.size(), i + this.batchSize)));
            }
        }
        return groups;
    }

    private static Collection<List<OutboxEntry>> byDestination(List<OutboxEntry> entries) {
        Map<Destination, List<OutboxEntry>> groups = new LinkedHashMap<>();
        entries.forEach((entry) -> groups.computeIfAbsent(entry.destination(), (key) -> new ArrayList<>()).add(entry));
        return groups.values();
    }

}
