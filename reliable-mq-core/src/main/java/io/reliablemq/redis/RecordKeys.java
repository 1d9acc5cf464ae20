package io.reliablemq.redis;

/**
 * Writes a record's key as {@code <prefix><kind>:{<group>:<identity>}}. What is in braces
 * decides the cluster slot. Two different records never have the same key: the characters
 * that delimit are escaped.
 */
public final class RecordKeys {

    private final String prefix;

    /**
     * Creates keys of one kind.
     * @param prefix common prefix of the application, for example {@code reliable-mq:}
     * @param kind what is stored
     */
    public RecordKeys(String prefix, String kind) {
        this.prefix = prefix + kind + ":{";
    }

    /**
     * Where a record is stored.
     * @param group consumer group
     * @param identity what makes two deliveries the same message
     * @return the name of its Redis key
     */
    public String of(String group, String identity) {
        StringBuilder name = new StringBuilder(this.prefix.length() + group.length() + identity.length() + 2)
            .append(this.prefix);
        escape(group, name);
        name.append(':');
        escape(identity, name);
        return name.append('}').toString();
    }

    private static void escape(String text, StringBuilder name) {
        if (isPlain(text)) {
            name.append(text);
            return;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (isDelimiter(c) || Character.isISOControl(c)) {
                name.append(String.format("%%%02X", (int) c));
            }
            else if (Character.isHighSurrogate(c) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                name.append(c).append(text.charAt(++i));
            }
            else if (Character.isSurrogate(c)) {
                // Alone it has no UTF-8 form: all would become the same question mark.
                name.append(String.format("%%u%04X", (int) c));
            }
            else {
                name.append(c);
            }
        }
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || isDelimiter(c)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDelimiter(char c) {
        return c == '%' || c == ':' || c == '{' || c == '}';
    }

}
