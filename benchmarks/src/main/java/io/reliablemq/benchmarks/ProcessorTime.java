package io.reliablemq.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;

import com.sun.management.OperatingSystemMXBean;
import io.reliablemq.benchmarks.report.Measure;
import io.reliablemq.benchmarks.report.Sample;
import org.jspecify.annotations.Nullable;

/**
 * Whose processor time has gone by up to now: it shows what bounds a rate. On Linux only;
 * what is neither this JVM's nor the broker's is taken for the store's, so nothing else
 * should run.
 */
final class ProcessorTime {

    private static final Path MACHINE = Path.of("/proc/stat");

    private static final int TICKS_PER_SECOND = 100;

    private static final int CORES = Runtime.getRuntime().availableProcessors();

    private static final AtomicReference<@Nullable BrokerProcess> BROKER = new AtomicReference<>();

    private final long wallNanos = System.nanoTime();

    private final double here;

    private final double broker;

    private final double machine;

    private ProcessorTime(double here, double broker, double machine) {
        this.here = here;
        this.broker = broker;
        this.machine = machine;
    }

    /** Its processor time is told apart from now on. */
    static void watch(BrokerProcess broker) {
        BROKER.set(broker);
    }

    static ProcessorTime now() {
        BrokerProcess watched = BROKER.get();
        long own = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
        return new ProcessorTime(own / 1e9, (watched != null) ? watched.cpuNanos() / 1e9 : 0, machineSeconds());
    }

    Sample addTo(Sample sample, ProcessorTime start, long messages) {
        if (Double.isNaN(this.machine)) {
            return sample;
        }
        double total = this.machine - start.machine;
        double mine = this.here - start.here;
        double brokers = this.broker - start.broker;
        double available = (this.wallNanos - start.wallNanos) / 1e9 * CORES;
        return sample.with(Measure.CPU_HERE, mine * 1e6 / messages)
            .with(Measure.CPU_BROKER, brokers * 1e6 / messages)
            .with(Measure.CPU_REST, Math.max(0, total - mine - brokers) * 1e6 / messages)
            .with(Measure.BUSY, 100 * total / available);
    }

    /** All but waiting; not a number where the system does not tell. */
    private static double machineSeconds() {
        if (!Files.exists(MACHINE)) {
            return Double.NaN;
        }
        try {
            String[] fields = Files.readAllLines(MACHINE).get(0).split(" +");
            long busy = 0;
            for (int field : new int[] { 1, 2, 3, 6, 7 }) {
                busy += Long.parseLong(fields[field]);
            }
            return (double) busy / TICKS_PER_SECOND;
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

}
