package io.reliablemq.rocketmq.durability;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import io.micrometer.core.instrument.MeterRegistry;
import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.ListenerRegistry;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.jspecify.annotations.Nullable;

/**
 * Compares what the brokers promise with what the application expects. Asks every broker,
 * masters and slaves, that the name server knows for the topics in use: those of the
 * application's listeners, those that its producers have sent to, and those that are
 * named. Asks over the application's own clients, with their access rights. Safe for
 * concurrent use; one audit runs at a time.
 */
public final class DurabilityAudit {

    private final BrokerConfigReader survey;

    private final ListenerRegistry registry;

    private final DurabilityExpectations expectations;

    private final DurabilityMeters meters;

    private final Clock clock;

    private volatile @Nullable DurabilityReport last;

    /**
     * Creates an audit.
     * @param producers the application's producers, asked for at each audit
     * @param registry the application's listeners
     * @param expectations what is expected
     * @param topics topics to look at before anything was sent to them
     * @param meters where {@code reliable.mq.durability.violations} is registered
     * @param clock tells the time
     */
    public DurabilityAudit(Supplier<? extends Collection<DefaultMQProducer>> producers, ListenerRegistry registry,
            DurabilityExpectations expectations, Collection<String> topics, MeterRegistry meters, Clock clock) {
        this.survey = new BrokerConfigReader(producers, registry, Set.copyOf(topics));
        this.registry = registry;
        this.expectations = expectations;
        this.meters = new DurabilityMeters(meters);
        this.clock = clock;
    }

    /**
     * Asks the brokers. Each of them is waited for up to 3 s.
     * @return what was found; brokers that cannot be asked are named in it
     * @throws ReliableMQException if the thread is interrupted
     */
    public synchronized DurabilityReport run() {
        BrokerConfigReader.Result read;
        try {
            read = this.survey.read();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while asking the brokers for their configuration", ex);
        }
        DurabilityRules rules = new DurabilityRules(this.expectations, this.registry.terms(), read.sends);
        List<DurabilityFinding> findings = new ArrayList<>();
        for (BrokerReading broker : read.brokers()) {
            findings.addAll(rules.check(broker, read.tracesAreLost));
        }
        DurabilityReport report = new DurabilityReport(this.clock.instant(),
                read.brokers().stream().map(BrokerReading::key).distinct().toList(), findings, read.unreadable);
        this.last = report;
        this.meters.record(report);
        return report;
    }

    /**
     * What the last audit found.
     * @return the report, empty before the first audit
     */
    public Optional<DurabilityReport> last() {
        return Optional.ofNullable(this.last);
    }

}
