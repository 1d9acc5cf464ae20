package io.reliablemq.backlog;

import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.util.function.DoubleSupplier;

/**
 * How much of the processors this process uses.
 */
public final class ProcessorLoad implements DoubleSupplier {

    private final OperatingSystemMXBean system = ManagementFactory.getOperatingSystemMXBean();

    /**
     * Creates a reader.
     */
    public ProcessorLoad() {
    }

    /**
     * Reads the load since about the last call.
     * @return a share from 0 to 1 of the processors that the process may use; negative if
     * the platform does not tell
     */
    @Override
    public double getAsDouble() {
        return (this.system instanceof com.sun.management.OperatingSystemMXBean extended) ? extended.getProcessCpuLoad()
                : -1;
    }

}
