package io.reliablemq.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of a registration when an instance registers again: a tag keeps its own
 * time while it stays in the subscription, and what may have been consumed without a
 * guard is remembered.
 */
final class Registration {

    /** Of the oldest ones two become one. */
    private static final int GAPS = 10;

    private static final Duration KEPT = Duration.ofDays(30);

    private final GroupSubscription known;

    private final GroupSubscription told;

    private final Instant now;

    Registration(GroupSubscription known, GroupSubscription told, Instant now) {
        this.known = known;
        this.told = told;
        // The directory may have been restored, or have another clock now.
        this.now = now.isBefore(known.lastSeen()) ? known.lastSeen() : now;
    }

    GroupSubscription renew() {
        GroupHistory before = this.known.history();
        boolean shared = this.told.history().sharedSince() != null;
        Map<String, TagPeriod> tags = tags();
        Instant expectedFrom = this.known.deliversAs(this.told) ? this.known.expectedFrom() : earliest(tags);
        // Some brokers may not have answered.
        Map<String, Long> offsets = new HashMap<>(before.offsets());
        if (!shared) {
            offsets.putAll(this.told.history().offsets());
        }
        Instant sharedSince = shared ? ((before.sharedSince() != null) ? before.sharedSince() : this.known.lastSeen())
                : null;
        return this.told.with(expectedFrom, shared ? this.known.lastSeen() : this.now, new GroupHistory(tags,
                shared ? before.gaps() : gaps(), offsets, clients(), sharedSince, recordsFrom()));
    }

    private Map<String, TagPeriod> tags() {
        if (this.known.deliversAs(this.told)) {
            return forget(this.known.history().tags());
        }
        Set<String> subscribed = this.told.isComparable() ? this.told.tags() : Set.of();
        boolean all = subscribed.contains(GroupSubscription.ALL);
        Map<String, TagPeriod> tags = new HashMap<>();
        Map<String, TagPeriod> old = this.known.isComparable() ? this.known.periods() : this.known.history().tags();
        old.forEach((tag, period) -> {
            boolean goesOn = subscribed.contains(tag) || (all && period.isOpen());
            tags.put(tag, goesOn ? period.resumed(this.now) : period.ended(this.now));
        });
        TagPeriod everything = old.get(GroupSubscription.ALL);
        for (String tag : subscribed) {
            // What came with all tags goes on coming.
            tags.computeIfAbsent(tag,
                    (it) -> (everything != null && everything.isOpen()) ? everything : TagPeriod.since(this.now));
        }
        return forget(tags);
    }

    private Map<String, TagPeriod> forget(Map<String, TagPeriod> tags) {
        Map<String, TagPeriod> kept = new HashMap<>(tags);
        kept.values().removeIf((period) -> period.until() != null && period.until().isBefore(horizon()));
        return kept;
    }

    private Instant earliest(Map<String, TagPeriod> tags) {
        return this.told.tags()
            .stream()
            .map((tag) -> tags.getOrDefault(tag, TagPeriod.since(this.now)).since())
            .min(Instant::compareTo)
            .orElse(this.now);
    }

    private List<GuardGap> gaps() {
        GroupHistory before = this.known.history();
        Map<String, Long> offsets = this.told.history().offsets();
        List<GuardGap> gaps = new ArrayList<>();
        before.gaps().stream().filter((gap) -> !gap.to().isBefore(horizon())).forEach(gaps::add);
        GuardGap open = this.known.openGap(this.now);
        if (open != null) {
            gaps.add(new GuardGap(open.from(), this.now, open.before(), Map.of()));
        }
        gaps.replaceAll((gap) -> gap.endingWith(offsets));
        gaps.removeIf(GuardGap::isIdle);
        while (gaps.size() > GAPS) {
            gaps.add(0, gaps.remove(0).and(gaps.remove(0)));
        }
        return gaps;
    }

    private Map<String, Instant> clients() {
        Map<String, Instant> clients = new HashMap<>(this.known.history().clients());
        this.told.history().clients().keySet().forEach((client) -> clients.put(client, this.now));
        clients.values().removeIf((seen) -> seen.isBefore(this.now.minus(GroupSubscription.MISSING_AFTER)));
        return clients;
    }

    /** Records that were deleted do not come back when they are to be kept for longer. */
    private @Nullable Instant recordsFrom() {
        Instant from = this.known.history().recordsFrom();
        Duration old = this.known.retention();
        Duration longer = this.told.retention();
        if (old != null && (longer == null || longer.compareTo(old) > 0)) {
            Instant kept = this.now.minus(old);
            return (from != null && from.isAfter(kept)) ? from : kept;
        }
        return (from != null && from.isAfter(horizon())) ? from : null;
    }

    private Instant horizon() {
        Duration retention = this.told.retention();
        return this.now.minus((retention != null && retention.compareTo(KEPT) > 0) ? retention : KEPT);
    }

}
