package io.reliablemq.rocketmq.delivery;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TimeZone;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class KeyTextTests {

    private static final long MILLIS = 1_700_000_000_001L;

    static Stream<Arguments> writesEachType() {
        UUID uuid = UUID.randomUUID();
        return Stream.of(Arguments.of("o-7 \"x\"", "o-7 \"x\""), Arguments.of(42, "42"), Arguments.of(1.5, "1.5"),
                Arguments.of(new BigDecimal("10.00"), "10.00"), Arguments.of('c', "c"), Arguments.of(uuid, "" + uuid),
                Arguments.of(Colour.RED, "RED"), Arguments.of(new StringBuilder("text"), "text"),
                Arguments.of(new Date(MILLIS), "2023-11-14T22:13:20.001Z"),
                Arguments.of(new java.sql.Date(MILLIS), "2023-11-14T22:13:20.001Z"),
                Arguments.of(java.sql.Timestamp.from(Instant.ofEpochSecond(1, 2)), "1970-01-01T00:00:01.000000002Z"),
                Arguments.of(ZonedDateTime.of(2023, 11, 14, 23, 13, 20, 1, ZoneId.of("Europe/Berlin")),
                        "2023-11-14T22:13:20.000000001Z"),
                Arguments.of(OffsetDateTime.parse("2023-11-14T23:13:20+01:00"), "2023-11-14T22:13:20Z"),
                Arguments.of(LocalDate.of(2023, 11, 14), "2023-11-14"), Arguments.of(Duration.ofHours(1), "PT1H"),
                Arguments.of(new byte[] { 1, -1 }, "01ff"), Arguments.of(new int[] { 1, 2 }, "[1, 2]"),
                Arguments.of(new Object[] { "a", new byte[] { 3 } }, "[a, 03]"),
                Arguments.of(List.of("a", "b"), "[a, b]"), Arguments.of(List.of("a, b"), "[\"a, b\"]"),
                Arguments.of(List.of("1", 1), "[\"1\", 1]"), Arguments.of(Optional.of("o-7"), "o-7"),
                Arguments.of(new Pair("x", new Date(MILLIS)), "Pair[left=x, right=2023-11-14T22:13:20.001Z]"),
                Arguments.of(new Pair(null, Map.of("b", 2, "a", Colour.RED)), "Pair[left=null, right={a=RED, b=2}]"),
                Arguments.of(new Id("o-7"), "o-7"), Arguments.of(new OrderNumber("o", 7), "o/7"));
    }

    @ParameterizedTest
    @MethodSource
    void writesEachType(Object value, String text) {
        assertThat(KeyText.of(value)).isEqualTo(text);
    }

    @Test
    void leavesAnEmptyOneToTheKey() {
        assertThat(KeyText.of(Optional.empty())).isNull();
    }

    static Stream<Object> refusesWhatMayDifferFromCopyToCopy() {
        List<Object> circle = new ArrayList<>();
        circle.add(circle);
        return Stream.of(new Object(), new Thread(), new Plain("x"), new Stamped(new Date()), new Hashed(new byte[1]),
                List.of(new Object()), new Pair("x", new Plain("y")), circle, (Supplier<String>) () -> "x",
                new Stamped(List.of(new Date())));
    }

    @ParameterizedTest
    @MethodSource
    void refusesWhatMayDifferFromCopyToCopy(Object value) {
        assertThatIllegalArgumentException().isThrownBy(() -> KeyText.of(value));
    }

    /** Values drawn at random, each built twice, read in two zones. */
    @Test
    void writesEqualValuesAlikeAndOthersNot() {
        long seed = System.nanoTime();
        Map<String, Object> values = new HashMap<>();
        TimeZone usual = TimeZone.getDefault();
        try {
            for (int i = 0; i < 2000; i++) {
                TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
                Object one = draw(new Random(seed + i), 3, false);
                String text = KeyText.of(one);
                TimeZone.setDefault(TimeZone.getTimeZone("Asia/Tokyo"));
                assertThat(KeyText.of(draw(new Random(seed + i), 3, true))).as("seed %d", seed + i).isEqualTo(text);
                Object same = values.putIfAbsent(text, one);
                assertThat(same == null || same.equals(one)).as("seed %d: %s", seed + i, text).isTrue();
            }
        }
        finally {
            TimeZone.setDefault(usual);
        }
    }

    /** The other way round: sets and maps filled in another order. */
    private static Object draw(Random random, int depth, boolean otherwise) {
        int kind = random.nextInt((depth > 0) ? 9 : 6);
        if (kind < 3) {
            String characters = "a,=\"[]{}\\ 1n";
            StringBuilder text = new StringBuilder("t");
            for (int i = random.nextInt(4); i > 0; i--) {
                text.append(characters.charAt(random.nextInt(characters.length())));
            }
            return (depth == 3) ? List.of(text.toString()) : text.toString();
        }
        if (kind == 3) {
            return random.nextInt(3);
        }
        if (kind == 4) {
            return new Date(MILLIS + random.nextInt(3));
        }
        if (kind == 5) {
            return Colour.values()[random.nextInt(2)];
        }
        List<Object> elements = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            elements.add(draw(random, depth - 1, otherwise));
        }
        if (kind == 6) {
            return elements;
        }
        if (kind == 7) {
            return new Pair("p", elements);
        }
        List<Object> order = new ArrayList<>(elements);
        if (otherwise) {
            Collections.reverse(order);
        }
        return new LinkedHashSet<>(order);
    }

    @Test
    void sortsSetsAndMaps() {
        Map<String, Integer> map = new LinkedHashMap<>();
        map.put("b", 1);
        map.put("a", 2);
        assertThat(KeyText.of(map)).isEqualTo("{a=2, b=1}");
        Set<Colour> set = new HashSet<>(List.of(Colour.RED, Colour.GREEN));
        assertThat(KeyText.of(set)).isEqualTo("{GREEN, RED}");
        Calendar calendar = Calendar.getInstance(TimeZone.getTimeZone("Asia/Tokyo"));
        calendar.setTimeInMillis(MILLIS);
        assertThat(KeyText.of(calendar)).isEqualTo("2023-11-14T22:13:20.001Z");
    }

    enum Colour {

        RED, GREEN;

        @Override
        public String toString() {
            return "a colour in the user's language";
        }

    }

    record Pair(String left, Object right) {
    }

    record Id(String value) {

        @Override
        public String toString() {
            return this.value;
        }

    }

    static final class OrderNumber {

        private final String series;

        private final int number;

        OrderNumber(String series, int number) {
            this.series = series;
            this.number = number;
        }

        @Override
        public String toString() {
            return this.series + "/" + this.number;
        }

    }

    static final class Plain {

        final String text;

        Plain(String text) {
            this.text = text;
        }

    }

    static final class Stamped {

        private final Object at;

        Stamped(Object at) {
            this.at = at;
        }

        @Override
        public String toString() {
            return "at " + this.at;
        }

    }

    static final class Hashed {

        private final byte[] hash;

        Hashed(byte[] hash) {
            this.hash = hash;
        }

        @Override
        public String toString() {
            return "hash " + this.hash;
        }

    }

}
