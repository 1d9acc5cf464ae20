package io.reliablemq.reconcile;

/**
 * Told when messages are found that were stored and not sent: whatever sends them should
 * look at once.
 */
@FunctionalInterface
public interface RelayWakeUp {

    /** Returns at once and throws nothing. */
    void wakeUp();

}
