package io.reliablemq.rocketmq.durability;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.reliablemq.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ApplicationContextEvent;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Audits the brokers when the application has started and then at every interval. With
 * {@link OnViolation#FAIL} the start waits for the first audit and ends with it where
 * brokers promise too little; otherwise it does not wait. Each finding is logged once.
 */
public final class DurabilityMonitor
        implements ApplicationListener<ApplicationContextEvent>, ApplicationContextAware, DisposableBean {

    private static final Logger logger = LoggerFactory.getLogger(DurabilityMonitor.class);

    private final Supplier<DurabilityReport> audit;

    private final OnViolation onViolation;

    private final Duration interval;

    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor((task) -> {
        Thread thread = new Thread(task, "reliable-mq-durability");
        thread.setDaemon(true);
        return thread;
    });

    private Set<String> known = Set.of();

    private @Nullable ScheduledFuture<?> schedule;

    private volatile boolean closed;

    private @Nullable ApplicationContext context;

    /**
     * Creates the watch.
     * @param audit asks the brokers
     * @param onViolation what to do about what it finds
     * @param interval time between two audits, zero for one at the start only
     */
    public DurabilityMonitor(DurabilityAudit audit, OnViolation onViolation, Duration interval) {
        this(audit::run, onViolation, interval);
    }

    DurabilityMonitor(Supplier<DurabilityReport> audit, OnViolation onViolation, Duration interval) {
        this.audit = audit;
        this.onViolation = onViolation;
        this.interval = interval;
    }

    @Override
    public void setApplicationContext(ApplicationContext applicationContext) {
        this.context = applicationContext;
    }

    @Override
    public void onApplicationEvent(ApplicationContextEvent event) {
        if (event.getApplicationContext() != this.context) {
            return;
        }
        if (event instanceof ContextRefreshedEvent) {
            start();
        }
        else if (event instanceof ContextClosedEvent) {
            destroy();
        }
    }

    private void start() {
        if (this.onViolation == OnViolation.FAIL) {
            requireKept(this.audit.get());
        }
        else {
            this.executor.execute(this::look);
        }
        if (!this.interval.isZero()) {
            long nanos = this.interval.toNanos();
            this.schedule = this.executor.scheduleWithFixedDelay(this::look, nanos, nanos, TimeUnit.NANOSECONDS);
        }
    }

    /** Brokers that cannot be asked do not keep an application from starting. */
    private void requireKept(DurabilityReport report) {
        if (!report.findings().isEmpty()) {
            throw new InvalidConfigurationException("The brokers promise less than reliable-mq.durability expects: "
                    + report.findings().stream().map(DurabilityFinding::sentence).collect(Collectors.joining(" ")),
                    "Change the brokers, or what is expected of them, or start with"
                            + " reliable-mq.durability.on-violation=warn.");
        }
        tell(report);
    }

    private void look() {
        try {
            DurabilityReport report = this.audit.get();
            if (!this.closed) {
                tell(report);
            }
        }
        catch (Throwable ex) {
            // It would end the schedule.
            if (!this.closed) {
                logger.warn("The brokers' configuration could not be compared, it is tried again at the next interval",
                        ex);
            }
        }
    }

    private void tell(DurabilityReport report) {
        Set<String> now = new LinkedHashSet<>();
        report.findings().forEach((finding) -> now.add(finding.sentence()));
        report.unreadable().forEach((what, why) -> now.add(what + " could not be asked what it promises: " + why));
        for (String sentence : now) {
            if (this.known.contains(sentence) || this.onViolation == OnViolation.IGNORE) {
                logger.debug("{}", sentence);
            }
            else if (this.onViolation == OnViolation.FAIL) {
                logger.error("{}", sentence);
            }
            else {
                logger.warn("{}", sentence);
            }
        }
        List<String> over = this.known.stream().filter((sentence) -> !now.contains(sentence)).toList();
        over.forEach((sentence) -> logger.info("No longer so: {}", sentence));
        this.known = now;
    }

    @Override
    public void destroy() {
        this.closed = true;
        ScheduledFuture<?> running = this.schedule;
        if (running != null) {
            running.cancel(true);
        }
        this.executor.shutdownNow();
    }

}
