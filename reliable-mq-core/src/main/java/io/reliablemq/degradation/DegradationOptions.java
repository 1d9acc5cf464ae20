package io.reliablemq.degradation;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;

/**
 * When listeners give way and when they come back.
 *
 * @param interval time between two checks
 * @param lagTime age of the oldest message waiting for a CRITICAL listener from which on
 * others give way
 * @param recoverBelow age below which they may come back; below {@code lagTime}
 * @param cpu share of the processors, 0 to 1, that this instance uses from which on
 * others give way; 0 to leave it out
 * @param cpuRecoverBelow share below which they may come back
 * @param checks consecutive checks that must be over a limit
 * @param escalateAfter how long the first level may fail to help before the second
 * @param escalateLagTime age from which on the second level follows after {@code checks}
 * more
 * @param hold how long all must be below the lower limits before one step back
 * @param staleAfter age from which on a snapshot of the backlog says nothing any more
 */
public record DegradationOptions(Duration interval, Duration lagTime, Duration recoverBelow, double cpu,
        double cpuRecoverBelow, int checks, Duration escalateAfter, Duration escalateLagTime, Duration hold,
        Duration staleAfter) {

    /**
     * Checks the values.
     * @throws InvalidConfigurationException naming the value to correct
     */
    public DegradationOptions {
        requirePositive("interval", interval);
        requirePositive("lag-time", lagTime);
        require(recoverBelow.compareTo(lagTime) < 0 && !recoverBelow.isNegative() && !recoverBelow.isZero(),
                "recover-below", recoverBelow,
                "Set it to less than lag-time (" + lagTime + "), so that listeners do not come and go.");
        require(cpu >= 0 && cpu <= 1, "cpu", cpu, "Set it to a share of the processors from 0 to 1; 0 for no limit.");
        require(cpu == 0 || (cpuRecoverBelow > 0 && cpuRecoverBelow < cpu), "cpu-recover-below", cpuRecoverBelow,
                "Set it to less than cpu (" + cpu + "), so that listeners do not come and go.");
        require(checks >= 1, "checks", checks, "Set it to at least 1.");
        require(!escalateAfter.isNegative(), "escalate-after", escalateAfter, "Set it to 0s or more.");
        require(escalateLagTime.compareTo(lagTime) >= 0, "escalate-lag-time", escalateLagTime,
                "Set it to lag-time (" + lagTime + ") or more.");
        require(!hold.isNegative(), "hold", hold, "Set it to 0s or more.");
        requirePositive("stale-after", staleAfter);
    }

    /**
     * Checks every 5 s; from 30 s of lag, or 95 % of the processors, in 3 checks; back
     * below 10 s and 80 %, one step a minute.
     * @return the defaults
     */
    public static DegradationOptions defaults() {
        return new DegradationOptions(Duration.ofSeconds(5), Duration.ofSeconds(30), Duration.ofSeconds(10), 0.95, 0.8,
                3, Duration.ofMinutes(1), Duration.ofMinutes(2), Duration.ofMinutes(1), Duration.ofMinutes(1));
    }

    private static void requirePositive(String property, Duration value) {
        require(!value.isNegative() && !value.isZero(), property, value, "Set it to more than zero, for example 30s.");
    }

    private static void require(boolean fine, String property, Object value, String action) {
        if (!fine) {
            throw new InvalidConfigurationException("reliable-mq.degradation." + property + " is " + value + ".",
                    action);
        }
    }

}
