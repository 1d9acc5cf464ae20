package io.reliablemq.reconcile;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;

/**
 * Options of a comparison and of the compensation of losses.
 *
 * @param grace how long after it was sent, due or sent again a message is not missed yet;
 * longer than the longest transaction that sends
 * @param maxPerRun most messages that one run sends again, over all groups
 * @param dryRun whether losses are only reported
 * @param rate messages sent again per second
 * @param examples ids named in the report per group and verdict
 * @param pageSize rows read at once
 */
public record ReconcileOptions(Duration grace, int maxPerRun, boolean dryRun, double rate, int examples, int pageSize) {

    /**
     * Checks the values.
     * @throws InvalidConfigurationException if one cannot be used
     */
    public ReconcileOptions {
        require(!grace.isNegative(), "grace", grace, "0s or more, for example 10m");
        require(maxPerRun >= 0, "max-per-run", maxPerRun, "0 or more");
        require(rate > 0, "rate", rate, "a number above 0");
        require(examples >= 0, "examples", examples, "0 or more");
        require(pageSize > 0, "page-size", pageSize, "1 or more");
    }

    private static void require(boolean valid, String name, Object value, String instead) {
        if (!valid) {
            throw new InvalidConfigurationException("reliable-mq.reconcile." + name + " is " + value + ".",
                    "Set it to " + instead + ".");
        }
    }

    /**
     * Default values: a dry run.
     * @return 10 minutes of grace, 1000 messages per run, 200 a second
     */
    public static ReconcileOptions defaults() {
        return new ReconcileOptions(Duration.ofMinutes(10), 1000, true, 200, 20, 5000);
    }

    /**
     * Changes the grace time.
     * @param grace how long a message is not missed yet
     * @return the changed options
     */
    public ReconcileOptions withGrace(Duration grace) {
        return new ReconcileOptions(grace, this.maxPerRun, this.dryRun, this.rate, this.examples, this.pageSize);
    }

    /**
     * Changes the bound of a compensation.
     * @param maxPerRun most messages that one run sends again
     * @return the changed options
     */
    public ReconcileOptions withMaxPerRun(int maxPerRun) {
        return new ReconcileOptions(this.grace, maxPerRun, this.dryRun, this.rate, this.examples, this.pageSize);
    }

    /**
     * Switches the compensation on or off.
     * @param dryRun whether losses are only reported
     * @return the changed options
     */
    public ReconcileOptions withDryRun(boolean dryRun) {
        return new ReconcileOptions(this.grace, this.maxPerRun, dryRun, this.rate, this.examples, this.pageSize);
    }

    /**
     * Changes the speed of a compensation.
     * @param rate messages sent again per second
     * @return the changed options
     */
    public ReconcileOptions withRate(double rate) {
        return new ReconcileOptions(this.grace, this.maxPerRun, this.dryRun, rate, this.examples, this.pageSize);
    }

    /**
     * Changes how much a report names.
     * @param examples ids per group and verdict
     * @return the changed options
     */
    public ReconcileOptions withExamples(int examples) {
        return new ReconcileOptions(this.grace, this.maxPerRun, this.dryRun, this.rate, examples, this.pageSize);
    }

    /**
     * Changes the size of pages.
     * @param pageSize rows read at once
     * @return the changed options
     */
    public ReconcileOptions withPageSize(int pageSize) {
        return new ReconcileOptions(this.grace, this.maxPerRun, this.dryRun, this.rate, this.examples, pageSize);
    }

}
