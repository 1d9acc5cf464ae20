package io.reliablemq.trace;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.reliablemq.id.IdSpace;
import io.reliablemq.message.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * What a trail is asked for, and all that it may mean.
 *
 * @param text what was asked for
 * @param ids ids that it may stand for
 * @param space the only id space of interest, {@code null} for all
 */
record TrailQuery(String text, Set<Long> ids, @Nullable String space) {

    private static final Pattern DECIMAL = Pattern.compile("(\\d{1,19})(?:-([a-z0-9-]+))?");

    private static final Pattern IDENTITY = Pattern.compile("([0-9a-f]{16})(?:-([a-z0-9-]+))?");

    static TrailQuery parse(String text) {
        Set<Long> ids = new TreeSet<>();
        String space = addId(DECIMAL.matcher(text), 10, ids);
        String other = addId(IDENTITY.matcher(text), 16, ids);
        return new TrailQuery(text, ids, (space != null) ? space : other);
    }

    private static @Nullable String addId(Matcher matcher, int radix, Set<Long> ids) {
        if (!matcher.matches() || (matcher.group(2) != null && !IdSpace.isValid(matcher.group(2)))) {
            return null;
        }
        try {
            ids.add(Long.parseLong(matcher.group(1), radix));
            return matcher.group(2);
        }
        catch (NumberFormatException ex) {
            // More digits than an id has.
            return null;
        }
    }

    /** What brokers index it by. */
    Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>();
        keys.add(this.text);
        this.ids.forEach((id) -> keys.add(Long.toString(id)));
        return keys;
    }

    /** What groups may know it by; to be added to. */
    Set<String> identities() {
        Set<String> identities = new LinkedHashSet<>();
        this.ids.forEach((id) -> identities.add(new MessageId(id, this.space).identity()));
        identities.add("k:" + this.text);
        identities.add("u:" + this.text);
        return identities;
    }

    boolean matches(@Nullable MessageId message) {
        return this.space == null || message == null || this.space.equals(message.space());
    }

}
