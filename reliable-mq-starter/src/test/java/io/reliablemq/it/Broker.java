package io.reliablemq.it;

import io.reliablemq.test.EmbeddedRocketMQBroker;

/**
 * The broker that the tests of this JVM share. It retries after a second where a real one
 * takes ten.
 */
final class Broker {

    static final String DELAY_LEVELS = "1s 1s 1s 1s 1s 2s 2s 3s";

    private static EmbeddedRocketMQBroker shared;

    private Broker() {
    }

    static synchronized EmbeddedRocketMQBroker shared() {
        if (shared == null) {
            shared = start();
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /** A broker of the test's own, to be closed by it. */
    static EmbeddedRocketMQBroker start() {
        return EmbeddedRocketMQBroker.builder().delayLevels(DELAY_LEVELS).start();
    }

}
