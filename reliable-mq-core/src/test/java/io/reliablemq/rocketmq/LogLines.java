package io.reliablemq.rocketmq;

import java.util.List;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.slf4j.LoggerFactory;

/**
 * What a class logs while a test runs, from the level that is configured.
 */
public final class LogLines implements AutoCloseable {

    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();

    private final Logger logger;

    private LogLines(Logger logger) {
        this.logger = logger;
    }

    public static LogLines of(Class<?> type) {
        LogLines lines = new LogLines((Logger) LoggerFactory.getLogger(type));
        lines.appender.start();
        lines.logger.addAppender(lines.appender);
        return lines;
    }

    /** Level and text. */
    public List<String> lines() {
        return this.appender.list.stream()
            .map((event) -> event.getLevel() + " " + event.getFormattedMessage())
            .toList();
    }

    @Override
    public void close() {
        this.logger.detachAppender(this.appender);
    }

}
