package io.reliablemq.topic;

import org.jspecify.annotations.Nullable;

/**
 * What one group needs on a topic.
 *
 * @param group consumer group
 * @param workload what was measured; {@code null} if too little is known
 * @param advice what it takes; {@code null} if too little is known
 * @param missing what is not known, in words; {@code null} if all is
 */
public record GroupAdvice(String group, @Nullable Workload workload, @Nullable ScaleAdvice advice,
        @Nullable String missing) {
}
