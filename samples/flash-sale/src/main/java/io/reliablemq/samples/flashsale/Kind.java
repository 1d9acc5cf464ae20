package io.reliablemq.samples.flashsale;

/**
 * What is sent in the sale: how much, by whom it is processed, how long that takes.
 */
enum Kind {

    /** What the shop lives on. */
    ORDER("orders", "order-service", 1600, 100),

    /** Can wait. */
    NOTIFICATION("notifications", "notification-service", 360, 10),

    /** Can wait longer. */
    RECOMMENDATION("recommendations", "recommendation-service", 360, 10);

    private final String topic;

    private final String group;

    private final int number;

    private final int millis;

    Kind(String topic, String group, int number, int millis) {
        this.topic = topic;
        this.group = group;
        this.number = number;
        this.millis = millis;
    }

    String topic() {
        return this.topic;
    }

    String group() {
        return this.group;
    }

    int number() {
        return this.number;
    }

    int millis() {
        return this.millis;
    }

}
