package io.reliablemq.it;

/**
 * What a test wants to happen around an effect.
 */
@FunctionalInterface
interface Step {

    /** Nothing but the effect. */
    Step NONE = (key, effect) -> effect.run();

    /**
     * Handles a message.
     * @param key what the message says
     * @param effect makes the effect
     */
    void handle(String key, Runnable effect) throws Exception;

}
