package io.reliablemq.rocketmq;

import java.time.Duration;

import io.reliablemq.listener.ListenerSettings;

/**
 * A listener whose deliveries go through this library, and how it ends.
 */
public interface GuardedListener {

    ListenerDescription listener();

    ListenerSettings settings();

    /** Whether its client has been started and not yet stopped. */
    boolean isRunning();

    /** Takes no new messages, and begins none that it has. */
    void stopPulling();

    /**
     * Waits for what runs. What still runs after the timeout is interrupted when the
     * container stops; it is neither acknowledged nor sent back, so another instance gets
     * it once.
     * @param timeout how long at most
     */
    void drain(Duration timeout);

}
