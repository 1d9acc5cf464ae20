package io.reliablemq.reconcile;

import io.reliablemq.Internal;

/**
 * Callback for messages that are found stored and not sent: their sender is to look for
 * them at once.
 */
@Internal
@FunctionalInterface
public interface RelayWakeUp {

    /** Returns at once and throws nothing. */
    void wakeUp();

}
