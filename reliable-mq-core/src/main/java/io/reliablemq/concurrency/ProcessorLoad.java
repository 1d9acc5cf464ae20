package io.reliablemq.concurrency;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.function.DoubleSupplier;

import io.reliablemq.Internal;

/**
 * How busy this process keeps the processors it may use.
 */
@Internal
public final class ProcessorLoad implements DoubleSupplier {

    private final OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();

    /**
     * Creates a view of the running JVM.
     */
    public ProcessorLoad() {
    }

    /**
     * The load since shortly before.
     * @return 0 to 1; negative if the JVM does not tell
     */
    @Override
    public double getAsDouble() {
        return (this.system instanceof com.sun.management.OperatingSystemMXBean process) ? process.getProcessCpuLoad()
                : -1;
    }

}
