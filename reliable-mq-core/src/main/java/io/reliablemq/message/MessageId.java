package io.reliablemq.message;

import java.util.Comparator;
import java.util.HexFormat;

import io.reliablemq.id.IdSpace;
import org.jspecify.annotations.Nullable;

/**
 * What identifies a message: its id, and the space in which that id was drawn only once.
 * Sorts by the id first, so like time.
 *
 * @param id carried as {@code RELIABLE_ID}
 * @param space carried as {@code RELIABLE_SPACE}; {@code null} if it carries none
 */
public record MessageId(long id, @Nullable String space) implements Comparable<MessageId> {

    private static final Comparator<MessageId> ORDER = Comparator.comparingLong(MessageId::id)
        .thenComparing(MessageId::space, Comparator.nullsFirst(Comparator.naturalOrder()));

    /**
     * Checks the space.
     * @throws IllegalArgumentException if it is no name of a space
     */
    public MessageId {
        space = IdSpace.check(space);
    }

    /**
     * What consumer groups know the message by, unless they have a key of their own.
     * @return the id as 16 hexadecimal digits, and the space after a hyphen if there is
     * one
     */
    public String identity() {
        String digits = HexFormat.of().toHexDigits(this.id);
        return (this.space != null) ? digits + "-" + this.space : digits;
    }

    @Override
    public int compareTo(MessageId other) {
        return ORDER.compare(this, other);
    }

    /**
     * As people write it.
     * @return the id in decimal, and the space after a hyphen if there is one
     */
    @Override
    public String toString() {
        return (this.space != null) ? this.id + "-" + this.space : Long.toString(this.id);
    }

}
