package io.reliablemq.message;

/**
 * What the text of properties may contain.
 */
final class Text {

    private Text() {
    }

    /**
     * RocketMQ writes properties one after another, separated by these two characters and
     * without escaping them.
     */
    static boolean breaksProperties(String text) {
        return text.indexOf('\u0001') >= 0 || text.indexOf('\u0002') >= 0;
    }

    static boolean containsWhitespace(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isWhitespace(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

}
