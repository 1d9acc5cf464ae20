package io.reliablemq.producer;

/**
 * The receipt of a message that is acknowledged by a broker or stored in the outbox.
 *
 * @param id the message's id, carried as {@code RELIABLE_ID}
 * @param msgId RocketMQ's own id (UNIQ_KEY); the same in every attempt
 * @param delivery who holds the message now
 * @param attempts how many times it was handed to a broker, at least 1 if acknowledged;
 * more than 1 means that the broker may hold copies
 */
public record SendReceipt(long id, String msgId, Delivery delivery, int attempts) {
}
