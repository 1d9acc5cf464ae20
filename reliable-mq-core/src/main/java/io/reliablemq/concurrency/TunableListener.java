package io.reliablemq.concurrency;

import java.util.Set;

/**
 * One running listener as backlog control sees it: what it does, and the knobs that
 * RocketMQ lets turn while it runs. Safe for concurrent use; a change holds for this
 * instance of the application until it restarts.
 */
public interface TunableListener {

    /**
     * Its consumer group.
     * @return the name, without a namespace
     */
    String group();

    /**
     * Its topic.
     * @return the name, without a namespace
     */
    String topic();

    /**
     * Whether it consumes in order.
     * @return {@code true} for {@code ConsumeMode.ORDERLY}
     */
    boolean ordered();

    /**
     * The most threads that it can be given while it runs.
     * @return the ceiling, from {@code reliable-mq.listeners."[group]".max-threads}
     */
    int maxThreads();

    /**
     * Messages that were pulled and are not finished, those that run included.
     * @return their number
     */
    long cached();

    /**
     * What holds now.
     * @return a value for every knob
     */
    ListenerTuning tuning();

    /**
     * Turns knobs.
     * @param changes what is {@code null} stays as it is
     * @throws io.reliablemq.InvalidConfigurationException if a value cannot be used;
     * nothing was changed
     */
    void tune(ListenerTuning changes);

    /**
     * Stops pulling. What was pulled is still delivered. The listener goes on when
     * everyone who paused it has resumed it.
     * @param by who asks, for example {@code operator} or {@code degradation}; asking
     * twice is asking once
     */
    void pause(String by);

    /**
     * Takes back what one has asked for.
     * @param by who had asked; without effect if he had not
     */
    void resume(String by);

    /**
     * Who wants it paused.
     * @return names as given to {@link #pause}; empty while it pulls
     */
    Set<String> pausedBy();

    /**
     * What it has done since the application started.
     * @return counters that only grow, and what runs now
     */
    ListenerLoad load();

}
