package io.reliablemq.topic;

import java.time.Duration;

import io.reliablemq.InvalidConfigurationException;

/**
 * What a consumer group has to do on a topic, and what it has to do it with.
 *
 * @param arrivalPerSecond messages that arrive per second
 * @param serviceTime time that the listener takes for one message
 * @param threads consuming threads of each consumer
 * @param consumers consumers now
 * @param queues queues that can be read now, over all brokers
 * @param ordered whether messages are consumed in order, one at a time per queue
 * @param backlog messages that wait
 * @param drainWithin in which time the backlog is to be consumed besides what arrives
 * @param headRoom share of capacity on top, 0 to 1
 */
public record Workload(double arrivalPerSecond, Duration serviceTime, int threads, int consumers, int queues,
        boolean ordered, long backlog, Duration drainWithin, double headRoom) {

    /**
     * Checks the values.
     * @throws InvalidConfigurationException if one cannot be used
     */
    public Workload {
        if (!(arrivalPerSecond >= 0) || Double.isInfinite(arrivalPerSecond) || serviceTime.isNegative() || threads < 1
                || consumers < 0 || queues < 1 || backlog < 0 || drainWithin.isNegative() || drainWithin.isZero()
                || !(headRoom >= 0 && headRoom <= 1)) {
            throw new InvalidConfigurationException(
                    "No number of consumers follows from " + arrivalPerSecond + " messages/s, " + serviceTime
                            + " each, " + threads + " threads, " + consumers + " consumers, " + queues + " queues, "
                            + backlog + " waiting, to drain within " + drainWithin + ", head room " + headRoom + ".",
                    "Give rates, times and counts of 0 or more, at least one thread and queue, a time to drain above"
                            + " 0, and a head room from 0 to 1.");
        }
    }

    /**
     * What arrives and how long it takes.
     * @param arrivalPerSecond messages that arrive per second
     * @param serviceTime time that the listener takes for one message
     * @return one consumer with 20 threads and one queue, no order, no backlog, 10 min to
     * drain, a head room of 0.5
     */
    public static Workload of(double arrivalPerSecond, Duration serviceTime) {
        return new Workload(arrivalPerSecond, serviceTime, 20, 1, 1, false, 0, Duration.ofMinutes(10), 0.5);
    }

    /**
     * The same with other means.
     * @param threads consuming threads of each consumer
     * @param consumers consumers now
     * @param queues queues that can be read now
     * @return a copy
     */
    public Workload with(int threads, int consumers, int queues) {
        return new Workload(this.arrivalPerSecond, this.serviceTime, threads, consumers, queues, this.ordered,
                this.backlog, this.drainWithin, this.headRoom);
    }

    /**
     * The same in order or not.
     * @param ordered whether messages are consumed in order
     * @return a copy
     */
    public Workload withOrdered(boolean ordered) {
        return new Workload(this.arrivalPerSecond, this.serviceTime, this.threads, this.consumers, this.queues, ordered,
                this.backlog, this.drainWithin, this.headRoom);
    }

    /**
     * The same with a backlog.
     * @param backlog messages that wait
     * @param drainWithin in which time it is to be consumed
     * @return a copy
     */
    public Workload withBacklog(long backlog, Duration drainWithin) {
        return new Workload(this.arrivalPerSecond, this.serviceTime, this.threads, this.consumers, this.queues,
                this.ordered, backlog, drainWithin, this.headRoom);
    }

    /**
     * The same with another head room.
     * @param headRoom share of capacity on top, 0 to 1
     * @return a copy
     */
    public Workload withHeadRoom(double headRoom) {
        return new Workload(this.arrivalPerSecond, this.serviceTime, this.threads, this.consumers, this.queues,
                this.ordered, this.backlog, this.drainWithin, headRoom);
    }

}
