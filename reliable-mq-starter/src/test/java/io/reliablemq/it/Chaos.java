package io.reliablemq.it;

import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.params.provider.Arguments;

/**
 * How often the fault tests run ({@code reliable-mq.chaos.rounds}), and what chance they
 * take. Each round's name has its seed; {@code -Dreliable-mq.chaos.seed=…} repeats it.
 */
final class Chaos {

    private Chaos() {
    }

    /** Whether there is time for every combination. */
    static boolean isThorough() {
        return count() > 1;
    }

    /** A combination and a seed per round. */
    static Stream<Arguments> rounds(Guarding... combinations) {
        return seeds().flatMap((seed) -> Stream.of(combinations).map((guarding) -> Arguments.of(guarding, seed)));
    }

    static Stream<Long> seeds() {
        Long seed = Long.getLong("reliable-mq.chaos.seed");
        if (seed != null) {
            return Stream.of(seed);
        }
        return new Random().longs(count(), 0, 1_000_000).boxed();
    }

    private static int count() {
        return Integer.getInteger("reliable-mq.chaos.rounds", 1);
    }

}
