package io.reliablemq.reconcile;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

import io.reliablemq.ReliableMQException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link GroupHistory} as text: a line per fact, its first word says which. Names are
 * encoded, times are milliseconds.
 */
final class HistoryText {

    private static final String NONE = "-";

    private HistoryText() {
    }

    static String write(GroupHistory history) {
        StringJoiner lines = new StringJoiner("\n");
        new TreeMap<>(history.tags()).forEach((tag, period) -> lines.add(line("tag", encode(tag), time(period.since()),
                time(period.until()), time(period.disputedFrom()), time(period.disputedTo()))));
        history.gaps()
            .forEach((gap) -> lines
                .add(line("gap", time(gap.from()), time(gap.to()), offsets(gap.before()), offsets(gap.after()))));
        if (!history.offsets().isEmpty()) {
            lines.add(line("offsets", offsets(history.offsets())));
        }
        new TreeMap<>(history.clients())
            .forEach((client, seen) -> lines.add(line("client", encode(client), time(seen))));
        if (history.sharedSince() != null) {
            lines.add(line("shared", time(history.sharedSince())));
        }
        if (history.recordsFrom() != null) {
            lines.add(line("records", time(history.recordsFrom())));
        }
        return lines.toString();
    }

    static GroupHistory read(String text) {
        try {
            return lines(text);
        }
        catch (IllegalArgumentException | IndexOutOfBoundsException ex) {
            throw new ReliableMQException("The history of a consumer group's registration cannot be read ("
                    + ex.getMessage() + "): update this application, or clear the history.", ex);
        }
    }

    private static GroupHistory lines(String text) {
        Map<String, TagPeriod> tags = new HashMap<>();
        List<GuardGap> gaps = new ArrayList<>();
        Map<String, Long> offsets = new HashMap<>();
        Map<String, Instant> clients = new HashMap<>();
        Instant shared = null;
        Instant records = null;
        for (String line : text.split("\n")) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "tag" -> tags.put(decode(words[1]),
                        new TagPeriod(known(words[2]), instant(words[3]), instant(words[4]), instant(words[5])));
                case "gap" ->
                    gaps.add(new GuardGap(known(words[1]), known(words[2]), offsets(words[3]), offsets(words[4])));
                case "offsets" -> offsets.putAll(offsets(words[1]));
                case "client" -> clients.put(decode(words[1]), known(words[2]));
                case "shared" -> shared = known(words[1]);
                case "records" -> records = known(words[1]);
                default -> throw new IllegalArgumentException("it says '" + words[0] + "'");
            }
        }
        return new GroupHistory(tags, gaps, offsets, clients, shared, records);
    }

    private static String line(String... words) {
        return String.join(" ", words);
    }

    private static String offsets(Map<String, Long> offsets) {
        StringJoiner text = new StringJoiner(",").setEmptyValue(NONE);
        new TreeMap<>(offsets).forEach((queue, offset) -> text.add(encode(queue) + "=" + offset));
        return text.toString();
    }

    private static Map<String, Long> offsets(String text) {
        Map<String, Long> offsets = new HashMap<>();
        for (String one : NONE.equals(text) ? new String[0] : text.split(",")) {
            int sign = one.lastIndexOf('=');
            offsets.put(decode(one.substring(0, sign)), Long.valueOf(one.substring(sign + 1)));
        }
        return offsets;
    }

    private static String time(@Nullable Instant time) {
        return (time != null) ? String.valueOf(time.toEpochMilli()) : NONE;
    }

    private static @Nullable Instant instant(String text) {
        return NONE.equals(text) ? null : known(text);
    }

    private static Instant known(String text) {
        return Instant.ofEpochMilli(Long.parseLong(text));
    }

    private static String encode(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    private static String decode(String name) {
        return URLDecoder.decode(name, StandardCharsets.UTF_8);
    }

}
