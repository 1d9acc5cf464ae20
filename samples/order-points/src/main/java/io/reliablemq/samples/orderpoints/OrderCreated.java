package io.reliablemq.samples.orderpoints;

/**
 * A member has ordered something.
 *
 * @param orderId number of the order
 * @param memberId who gets the points
 * @param points how many
 */
public record OrderCreated(String orderId, String memberId, int points) {
}
