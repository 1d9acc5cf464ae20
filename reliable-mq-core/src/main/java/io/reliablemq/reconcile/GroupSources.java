package io.reliablemq.reconcile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of each group are: some groups have a source of their own, all others
 * are those that register where the application keeps its own records.
 *
 * @param own the application's own records; {@code null} if it has none
 * @param others sources by consumer group, as configured
 * @param elsewhere sources of the application's own groups that keep their records in
 * another store than {@code own}, by consumer group; asked in each run. Those that
 * {@code others} names are left to it
 */
public record GroupSources(@Nullable ConsumptionRecords own, Map<String, ConsumptionRecords> others,
        Supplier<Map<String, ConsumptionRecords>> elsewhere) {

    private static final String WRONG_NAME = "The source of consumer group '%s' does not know it: check the name,"
            + " and that its application has started with this library.";

    private static final String NOT_REGISTERED = "Consumer group '%s' is not registered in the store of its records:"
            + " this application does so when it starts and again every minute, and logs why it could not.";

    /**
     * Copies the map.
     */
    public GroupSources {
        others = Map.copyOf(others);
    }

    /**
     * Of an application whose own groups keep their records in one store.
     * @param own the application's own records; {@code null} if it has none
     * @param others sources by consumer group
     */
    public GroupSources(@Nullable ConsumptionRecords own, Map<String, ConsumptionRecords> others) {
        this(own, others, Map::of);
    }

    /**
     * Finds a group's source.
     * @param group consumer group
     * @return its records; {@code null} if there are none
     */
    public @Nullable ConsumptionRecords of(String group) {
        ConsumptionRecords records = this.others.get(group);
        return (records != null) ? records : this.elsewhere.get().getOrDefault(group, this.own);
    }

    /**
     * Asks all sources which groups can be compared.
     * @param unreadable told of groups whose source does not answer, and why
     * @return their tallies
     */
    List<GroupTally> tallies(int examples, BiConsumer<GroupTally, String> unreadable) {
        Map<String, ConsumptionRecords> apart = new LinkedHashMap<>(this.elsewhere.get());
        apart.keySet().removeAll(this.others.keySet());
        Map<String, GroupTally> tallies = new LinkedHashMap<>();
        // Without it nobody knows which groups there are.
        List<GroupSubscription> registered = (this.own != null) ? this.own.subscriptions() : List.of();
        if (this.own != null) {
            addAll(tallies, this.own, registered, apart, examples);
        }
        apart.forEach((group, records) -> {
            GroupTally tally = new GroupTally(group, records, examples);
            List<GroupSubscription> found = addFrom(tally, NOT_REGISTERED, unreadable);
            if (found.isEmpty() || found.stream().anyMatch(GroupSubscription::isComparable)) {
                tallies.put(group, tally);
                registered.stream().filter((before) -> before.group().equals(group)).forEach(tally::addFormer);
            }
        });
        this.others.forEach((group, records) -> {
            GroupTally tally = new GroupTally(group, records, examples);
            tallies.put(group, tally);
            addFrom(tally, WRONG_NAME, unreadable);
        });
        return new ArrayList<>(tallies.values());
    }

    private void addAll(Map<String, GroupTally> tallies, ConsumptionRecords records,
            List<GroupSubscription> subscriptions, Map<String, ConsumptionRecords> apart, int examples) {
        for (GroupSubscription subscription : subscriptions) {
            String name = subscription.group();
            if (subscription.isComparable() && !this.others.containsKey(name) && !apart.containsKey(name)) {
                tallies.computeIfAbsent(name, (group) -> new GroupTally(group, records, examples)).add(subscription);
            }
        }
    }

    /** What the group's source knows of it: nothing also if that cannot be told. */
    private static List<GroupSubscription> addFrom(GroupTally tally, String unknown,
            BiConsumer<GroupTally, String> unreadable) {
        try {
            List<GroupSubscription> found = tally.records()
                .subscriptions()
                .stream()
                .filter((subscription) -> subscription.group().equals(tally.group()))
                .toList();
            if (found.isEmpty()) {
                unreadable.accept(tally, unknown.formatted(tally.group()));
            }
            found.stream().filter(GroupSubscription::isComparable).forEach(tally::add);
            return found;
        }
        catch (ReliableMQException ex) {
            unreadable.accept(tally, String.valueOf(ex.getMessage()));
            return List.of();
        }
    }

}
