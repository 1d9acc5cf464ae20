package io.reliablemq.concurrency;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;

/**
 * What holds for all listeners whose number of threads follows the load.
 *
 * @param interval time between two looks at each listener
 * @param errorRate share of failed deliveries, above the usual one, from which on threads
 * are taken away
 * @param maxCpu load of the processors by this process, 0 to 1, above which no threads
 * are added
 */
public record AdaptiveOptions(Duration interval, double errorRate, double maxCpu) {

    /**
     * Checks the values.
     * @throws InvalidConfigurationException if one cannot be used
     */
    public AdaptiveOptions {
        if (interval.compareTo(Duration.ofMillis(100)) < 0) {
            throw new InvalidConfigurationException("reliable-mq.adaptive.interval is " + interval + ".",
                    "Set it to 100ms or more, for example 1s.");
        }
        share("error-rate", errorRate);
        share("max-cpu", maxCpu);
    }

    /**
     * What holds unless set otherwise.
     * @return 1 s, 10 % of errors, 90 % of the processors
     */
    public static AdaptiveOptions defaults() {
        return new AdaptiveOptions(Duration.ofSeconds(1), 0.1, 0.9);
    }

    private static void share(String property, double value) {
        if (!(value > 0 && value <= 1)) {
            throw new InvalidConfigurationException("reliable-mq.adaptive." + property + " is " + value + ".",
                    "Set it to a number above 0 and up to 1, for example 0.1.");
        }
    }

}
