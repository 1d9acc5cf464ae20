package io.reliablemq.rocketmq.topic;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a change of a topic does, in words, as it happens.
 */
final class ResizeLog {

    private static final Logger logger = LoggerFactory.getLogger(ResizeLog.class);

    private final String topic;

    /** A test ends the change here, as a crash would. */
    private final Consumer<String> checkpoint;

    private final List<String> steps = new ArrayList<>();

    private final List<String> warnings = new ArrayList<>();

    ResizeLog(String topic, Consumer<String> checkpoint) {
        this.topic = topic;
        this.checkpoint = checkpoint;
    }

    void step(String sentence) {
        this.steps.add(sentence);
        logger.info("Topic {}: {}", this.topic, sentence);
        this.checkpoint.accept(sentence);
    }

    void warn(String sentence) {
        if (!this.warnings.contains(sentence)) {
            this.warnings.add(sentence);
            logger.warn("Topic {}: {}", this.topic, sentence);
        }
    }

    List<String> steps() {
        return this.steps;
    }

    List<String> warnings() {
        return this.warnings;
    }

}
