package io.reliablemq.test.reconcile;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import io.reliablemq.ReliableMQException;
import io.reliablemq.reconcile.GroupDirectory;
import io.reliablemq.reconcile.GroupHistory;
import io.reliablemq.reconcile.GroupSubscription;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What registrations keep; a subclass says where.
 */
abstract class GroupDirectoryContract {

    private static final Duration DAY = Duration.ofDays(1);

    abstract GroupDirectory directory();

    /** Leaves something as the history of a group that nobody can read. */
    abstract void breakHistory(String group);

    /** Lets everything that is stored become older. */
    abstract void age(Duration by);

    @Test
    void keepsWhatIsRegistered() {
        register("a || b");
        assertThat(only().subscription()).isEqualTo("a || b");
        assertThat(only().ordered()).isTrue();
        assertThat(only().retention()).isEqualTo(Duration.ofDays(7));
        assertThat(only().expectedFrom()).isBeforeOrEqualTo(only().lastSeen());
    }

    @Test
    void renewsWhenItWasSeen() {
        register("a");
        age(DAY);
        Instant first = only().expectedFrom();
        register("a");
        assertThat(only().expectedFrom()).isEqualTo(first);
        assertThat(Duration.between(first, only().lastSeen())).isGreaterThanOrEqualTo(DAY);
    }

    @ParameterizedTest
    @CsvSource({ "a, a||b", "a||b, a", "a||b, b||a", "a||b, ' b || a ', ", "a||b, a||c" })
    void expectsATagThatStaysSinceItsOwnTime(String before, String after) {
        register(before);
        age(DAY);
        Instant first = only().expectedFrom();
        for (int i = 0; i < 3; i++) {
            register(after);
            register(before);
        }
        assertThat(only().expectedFrom()).isEqualTo(first);
    }

    @Test
    void expectsAnotherTagFromThenOn() {
        register("a");
        age(DAY);
        Instant first = only().expectedFrom();
        register("b");
        assertThat(only().expectedFrom()).isAfterOrEqualTo(first.plus(DAY));
    }

    @Test
    void reportsSubscriptionsInTurns() {
        register("a");
        register("b");
        assertThat(only().isDisputed()).isFalse();
        register("a");
        assertThat(only().isDisputed()).isTrue();
    }

    @Test
    void isNotGuardedWhenNobodySaysSo() {
        register("a");
        assertThat(only().isGuarded(only().lastSeen())).isTrue();
        Instant now = only().lastSeen().plus(DAY);
        age(DAY);
        assertThat(only().isGuarded(now)).isFalse();
        register("a");
        assertThat(only().isGuarded(only().lastSeen())).isTrue();
    }

    @Test
    void isNotGuardedWhileOthersConsumeToo() {
        register("a");
        age(DAY);
        Instant seen = only().lastSeen();
        directory().register(List.of(group("a", GroupHistory.of("one", Map.of("b:0", 7L), true))));
        assertThat(only().isGuarded(seen)).isFalse();
        assertThat(only().lastSeen()).isEqualTo(seen);
        assertThat(only().history().clients()).containsOnlyKeys("one");
        directory().register(List.of(group("a", GroupHistory.of("two", Map.of("b:0", 9L), false))));
        assertThat(only().isGuarded(only().lastSeen())).isTrue();
        assertThat(only().history().clients()).containsOnlyKeys("one", "two");
        assertThat(only().history().toString()).contains("b%3A0=9");
    }

    @Test
    void losesNothingThatIsRegisteredAtTheSameTime() {
        long seed = new Random().nextLong();
        List<CompletableFuture<Void>> instances = IntStream.range(0, 4)
            .mapToObj((instance) -> CompletableFuture.runAsync(() -> {
                Random random = new Random(seed + instance);
                for (int i = 0; i < 10; i++) {
                    String client = "client-" + instance;
                    directory()
                        .register(List.of(group("a||x" + random.nextInt(3), GroupHistory.of(client, Map.of(), false))));
                }
            }))
            .toList();
        instances.forEach(CompletableFuture::join);
        register("a");
        assertThat(only().history().clients()).as("seed %d", seed)
            .containsOnlyKeys("client-0", "client-1", "client-2", "client-3");
    }

    @Test
    void oneGroupsRegistrationThatCannotBeReadIsNotTheOthers() {
        GroupSubscription broken = new GroupSubscription("default", "a-broken", "orders", "a", "TAG", "CLUSTERING",
                true, false, Instant.EPOCH, Instant.EPOCH, null);
        directory().register(List.of(broken, group("a", GroupHistory.NONE)));
        breakHistory("a-broken");
        Instant seen = of("points").lastSeen();
        age(DAY);

        assertThatExceptionOfType(ReliableMQException.class)
            .isThrownBy(() -> directory().register(List.of(broken, group("a", GroupHistory.NONE))))
            .withMessageContaining("cannot be read");

        assertThat(of("points").lastSeen()).isAfter(seen);
        assertThat(of("a-broken").isGuarded(of("a-broken").lastSeen())).isFalse();
    }

    private GroupSubscription of(String group) {
        return directory().groups().stream().filter((it) -> it.group().equals(group)).findFirst().orElseThrow();
    }

    private void register(String tags) {
        directory().register(List.of(group(tags, GroupHistory.NONE)));
    }

    private GroupSubscription only() {
        return directory().groups().get(0);
    }

    private static GroupSubscription group(String tags, GroupHistory history) {
        return new GroupSubscription("default", "points", "orders", tags, "TAG", "CLUSTERING", true, false,
                Instant.EPOCH, Instant.EPOCH, Duration.ofDays(7), history);
    }

}
