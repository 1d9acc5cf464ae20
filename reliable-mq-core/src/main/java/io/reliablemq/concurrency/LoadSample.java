package io.reliablemq.concurrency;

/**
 * What one listener did between two looks.
 *
 * @param seconds time between them
 * @param completed deliveries that ended
 * @param failed those of them that failed
 * @param busySeconds time that listeners spent in them together
 * @param waiting messages that wait in memory at the end
 * @param cpu load of the processors by this process, 0 to 1; negative if unknown
 */
record LoadSample(double seconds, long completed, long failed, double busySeconds, long waiting, double cpu) {

    private static final LoadSample NOTHING = new LoadSample(0, 0, 0, 0, 0, 0);

    static LoadSample nothing() {
        return NOTHING;
    }

    /** The load of the processors weighs by time. */
    LoadSample plus(LoadSample next) {
        double total = this.seconds + next.seconds;
        double load = (total > 0) ? (this.cpu * this.seconds + next.cpu * next.seconds) / total : 0;
        return new LoadSample(total, this.completed + next.completed, this.failed + next.failed,
                this.busySeconds + next.busySeconds, next.waiting, load);
    }

    double rate() {
        return (this.seconds > 0) ? this.completed / this.seconds : 0;
    }

    double errorRate() {
        return (this.completed > 0) ? (double) this.failed / this.completed : 0;
    }

    double serviceMillis() {
        return (this.completed > 0) ? this.busySeconds * 1000 / this.completed : 0;
    }

}
