package io.reliablemq.rocketmq.backlog;

import java.util.HashSet;
import java.util.Set;

import org.apache.rocketmq.common.filter.ExpressionType;
import org.jspecify.annotations.Nullable;

/**
 * Which messages of a topic are for a group, as far as the broker's queues tell: they
 * hold the hash of each tag.
 *
 * @param expression what the group subscribes to
 * @param codes hashes of its tags, empty if every message is for it
 * @param countable whether the hashes say all
 */
record TagFilter(String expression, Set<Integer> codes, boolean countable) {

    private static final String ALL = "*";

    private static final TagFilter NONE = new TagFilter(ALL, Set.of(), true);

    TagFilter {
        codes = Set.copyOf(codes);
    }

    static TagFilter of(@Nullable String type, @Nullable String expression) {
        if (type != null && !ExpressionType.isTagType(type)) {
            return unknown();
        }
        if (expression == null || expression.isBlank() || expression.trim().equals(ALL)) {
            return NONE;
        }
        Set<Integer> codes = new HashSet<>();
        for (String tag : expression.split("\\|\\|")) {
            if (!tag.isBlank()) {
                codes.add(tag.trim().hashCode());
            }
        }
        return new TagFilter(expression, codes, true);
    }

    static TagFilter none() {
        return NONE;
    }

    /** It cannot be told whether the group filters. */
    static TagFilter unknown() {
        return new TagFilter(ALL, Set.of(), false);
    }

    boolean filters() {
        return !this.codes.isEmpty() || !this.countable;
    }

}
