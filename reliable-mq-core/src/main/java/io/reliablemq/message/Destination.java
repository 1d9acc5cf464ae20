package io.reliablemq.message;

import org.jspecify.annotations.Nullable;

/**
 * Where a message goes, written {@code topic} or {@code topic:tag}.
 *
 * @param topic the topic
 * @param tag the tag, if there is one
 */
record Destination(String topic, @Nullable String tag) {

    private static final int MAX_TOPIC_LENGTH = 127;

    static Destination parse(@Nullable String destination) {
        if (destination == null || destination.isBlank()) {
            throw new InvalidMessageException("The destination is empty. Write 'topic' or 'topic:tag'.");
        }
        int colon = destination.indexOf(':');
        if (colon < 0) {
            return new Destination(destination, null);
        }
        return new Destination(destination.substring(0, colon), destination.substring(colon + 1));
    }

    static void checkTopic(@Nullable String topic) {
        if (topic == null || topic.isBlank()) {
            throw new InvalidMessageException(
                    "The message has no topic. Write the destination as 'topic' or " + "'topic:tag'.");
        }
        if (topic.length() > MAX_TOPIC_LENGTH) {
            throw new InvalidMessageException("The topic '" + topic + "' has " + topic.length()
                    + " characters, RocketMQ allows " + MAX_TOPIC_LENGTH + ". Use a shorter name.");
        }
        for (int i = 0; i < topic.length(); i++) {
            if (!allowedInTopic(topic.charAt(i))) {
                throw new InvalidMessageException("The topic '" + topic + "' contains '" + topic.charAt(i)
                        + "'. Use only letters (a-z, A-Z), digits, '_', '-', '%' and '|'.");
            }
        }
    }

    static void checkTag(@Nullable String tag) {
        if (tag == null) {
            return;
        }
        if (PropertyText.isBlank(tag)) {
            throw new InvalidMessageException("The tag is blank. Write 'topic:tag', or 'topic' without a colon.");
        }
        if (tag.indexOf('|') >= 0) {
            throw new InvalidMessageException("The tag '" + tag + "' contains '|', which separates tags in a "
                    + "subscription. A message has one tag: name it without '|'.");
        }
        MessageRules.requireTravels("The tag", tag);
        if (!tag.equals(tag.strip()) || !tag.equals(tag.trim())) {
            throw new InvalidMessageException("The tag '" + tag + "' begins or ends with a blank or a control "
                    + "character, so no subscription can match it. Remove it.");
        }
    }

    private static boolean allowedInTopic(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'
                || c == '%' || c == '|';
    }

}
