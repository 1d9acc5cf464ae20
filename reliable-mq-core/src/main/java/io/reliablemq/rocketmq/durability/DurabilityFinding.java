package io.reliablemq.rocketmq.durability;

/**
 * One difference between what a broker promises and what is expected of it.
 *
 * @param broker name and id, such as {@code broker-a:0}
 * @param property the property to change, as a rule the broker's; {@code slaves} where
 * brokers are missing
 * @param actual its value
 * @param wanted the value that would do
 * @param sentence what is wrong and what to do about it
 */
public record DurabilityFinding(String broker, String property, String actual, String wanted, String sentence) {
}
