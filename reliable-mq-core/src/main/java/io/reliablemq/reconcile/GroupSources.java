package io.reliablemq.reconcile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of each group are: some groups have a source of their own, all others
 * are those that register where the application keeps its own records.
 *
 * @param own the application's own records; {@code null} if it has none
 * @param others sources by consumer group
 */
public record GroupSources(@Nullable ConsumptionRecords own, Map<String, ConsumptionRecords> others) {

    /**
     * Copies the map.
     */
    public GroupSources {
        others = Map.copyOf(others);
    }

    /**
     * Finds a group's source.
     * @param group consumer group
     * @return its records; {@code null} if there are none
     */
    public @Nullable ConsumptionRecords of(String group) {
        return this.others.getOrDefault(group, this.own);
    }

    /**
     * Asks all sources which groups can be compared.
     * @param unreadable told of groups whose source does not answer, and why
     * @return their tallies
     */
    List<GroupTally> tallies(int examples, BiConsumer<GroupTally, String> unreadable) {
        Map<String, GroupTally> tallies = new LinkedHashMap<>();
        if (this.own != null) {
            // Without it nobody knows which groups there are.
            addAll(tallies, this.own, this.own.subscriptions(), examples);
        }
        this.others.forEach((group, records) -> {
            tallies.put(group, new GroupTally(group, records, examples));
            addFrom(tallies, group, records, unreadable);
        });
        return new ArrayList<>(tallies.values());
    }

    private void addAll(Map<String, GroupTally> tallies, ConsumptionRecords records,
            List<GroupSubscription> subscriptions, int examples) {
        for (GroupSubscription subscription : subscriptions) {
            if (subscription.isComparable() && !this.others.containsKey(subscription.group())) {
                tallies.computeIfAbsent(subscription.group(), (group) -> new GroupTally(group, records, examples))
                    .add(subscription);
            }
        }
    }

    private static void addFrom(Map<String, GroupTally> tallies, String group, ConsumptionRecords records,
            BiConsumer<GroupTally, String> unreadable) {
        GroupTally tally = tallies.get(group);
        if (tally == null) {
            return;
        }
        try {
            List<GroupSubscription> found = records.subscriptions()
                .stream()
                .filter((subscription) -> subscription.group().equals(group))
                .toList();
            if (found.isEmpty()) {
                unreadable.accept(tally,
                        "The source of consumer group '" + group + "' does not know it: check the name,"
                                + " and that its application has started with this library.");
            }
            found.stream().filter(GroupSubscription::isComparable).forEach(tally::add);
        }
        catch (ReliableMQException ex) {
            unreadable.accept(tally, String.valueOf(ex.getMessage()));
        }
    }

}
