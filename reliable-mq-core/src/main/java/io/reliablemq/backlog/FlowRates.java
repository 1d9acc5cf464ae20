package io.reliablemq.backlog;

/**
 * Messages per second, as the differences of the last polls show them. Both count offsets
 * of the topic, so that for a group that filters they contain messages of others, too.
 *
 * @param arrival messages that were stored per second
 * @param consumption messages that were acknowledged per second; offsets are committed
 * every five seconds by default, which makes short windows uneven
 */
public record FlowRates(double arrival, double consumption) {
}
