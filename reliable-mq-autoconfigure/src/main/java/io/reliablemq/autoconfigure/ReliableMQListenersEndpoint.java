package io.reliablemq.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

import io.reliablemq.InvalidConfigurationException;
import io.reliablemq.concurrency.AdaptiveConcurrency;
import io.reliablemq.concurrency.AdaptiveDecision;
import io.reliablemq.concurrency.ListenerControl;
import io.reliablemq.concurrency.ListenerLoad;
import io.reliablemq.concurrency.ListenerTuning;
import io.reliablemq.concurrency.TunableListener;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * Endpoint of this instance's listeners and their settings. Changing a setting needs
 * {@code management.endpoint.reliablemqlisteners.access: unrestricted}; a change applies
 * to this instance until it restarts.
 */
@Endpoint(id = "reliablemqlisteners", defaultAccess = Access.READ_ONLY)
public class ReliableMQListenersEndpoint {

    /** The name under which this endpoint pauses. */
    static final String OPERATOR = "operator";

    private final ListenerControl control;

    private final @Nullable AdaptiveConcurrency adaptive;

    ReliableMQListenersEndpoint(ListenerControl control, @Nullable AdaptiveConcurrency adaptive) {
        this.control = control;
        this.adaptive = adaptive;
    }

    /**
     * All listeners.
     * @return their load and settings
     */
    @ReadOperation
    public Listeners listeners() {
        return new Listeners(this.control.listeners().stream().map(this::view).toList());
    }

    /**
     * The listeners of one group.
     * @param group consumer group
     * @return their load and settings
     */
    @ReadOperation
    public Listeners listener(@Selector String group) {
        return new Listeners(require(group).stream().map(this::view).toList());
    }

    /**
     * Changes settings; omitted ones stay unchanged.
     * @param group consumer group
     * @param threads consuming threads, up to the ceiling
     * @param prefetch messages held in memory per queue
     * @param prefetchMegabytes mebibytes held in memory per queue
     * @param pullBatch messages requested per pull
     * @param pullInterval pause between two pulls of one queue
     * @param concurrentSpan offsets between the oldest and the newest message of a queue
     * @param paused whether it rests, as far as operators are concerned
     * @return what holds now
     */
    @WriteOperation
    public Listeners change(@Selector String group, @Nullable @org.springframework.lang.Nullable Integer threads,
            @Nullable @org.springframework.lang.Nullable Integer prefetch,
            @Nullable @org.springframework.lang.Nullable Integer prefetchMegabytes,
            @Nullable @org.springframework.lang.Nullable Integer pullBatch,
            @Nullable @org.springframework.lang.Nullable Duration pullInterval,
            @Nullable @org.springframework.lang.Nullable Integer concurrentSpan,
            @Nullable @org.springframework.lang.Nullable Boolean paused) {
        List<TunableListener> listeners = require(group);
        try {
            ListenerTuning changes = new ListenerTuning(threads, prefetch, prefetchMegabytes, pullBatch, pullInterval,
                    concurrentSpan);
            if (paused == null && changes.equals(ListenerTuning.none())) {
                throw invalid("Nothing is to be changed.", "Give threads, prefetch, prefetchMegabytes, pullBatch,"
                        + " pullInterval, concurrentSpan or paused.");
            }
            listeners.forEach((it) -> it.tune(changes));
        }
        catch (InvalidConfigurationException ex) {
            throw new InvalidEndpointRequestException(ex.getMessage(), ex.getAction(), ex);
        }
        if (paused != null) {
            listeners.forEach((it) -> pause(it, paused));
        }
        return listener(group);
    }

    private static void pause(TunableListener listener, boolean paused) {
        if (paused) {
            listener.pause(OPERATOR);
        }
        else {
            listener.resume(OPERATOR);
        }
    }

    private List<TunableListener> require(String group) {
        List<TunableListener> found = this.control.find(group);
        if (found.isEmpty()) {
            throw invalid("This instance has no listener of the consumer group '" + group + "'.", "Take one of "
                    + this.control.listeners().stream().map(TunableListener::group).distinct().toList() + ".");
        }
        return found;
    }

    private Listener view(TunableListener listener) {
        List<AdaptiveDecision> decisions = (this.adaptive != null) ? this.adaptive.decisions(listener.group())
                : List.of();
        return new Listener(listener.group(), listener.topic(), listener.ordered(), listener.tuning(),
                listener.maxThreads(), new TreeSet<>(listener.pausedBy()), Load.of(listener), decisions);
    }

    private static InvalidEndpointRequestException invalid(String what, String action) {
        return new InvalidEndpointRequestException(what, what + " " + action);
    }

    /**
     * Some listeners.
     *
     * @param listeners those of this instance
     */
    public record Listeners(List<Listener> listeners) {
    }

    /**
     * One listener.
     *
     * @param group consumer group
     * @param topic topic
     * @param ordered whether it consumes in order
     * @param tuning its settings
     * @param maxThreads upper limit of its threads
     * @param pausedBy callers that have paused it
     * @param load its load
     * @param decisions decisions of adaptive concurrency, the newest first
     */
    public record Listener(String group, String topic, boolean ordered, ListenerTuning tuning, int maxThreads,
            Set<String> pausedBy, Load load, List<AdaptiveDecision> decisions) {
    }

    /**
     * Load of a listener since the start.
     *
     * @param completed deliveries that ended
     * @param failed those of them that failed
     * @param running running deliveries
     * @param cached messages in memory, running ones included
     * @param meanMillis mean time of a delivery in milliseconds
     */
    public record Load(long completed, long failed, int running, long cached, double meanMillis) {

        private static Load of(TunableListener listener) {
            ListenerLoad load = listener.load();
            double mean = (load.completed() > 0)
                    ? (double) load.busyNanos() / TimeUnit.MILLISECONDS.toNanos(1) / load.completed() : 0;
            return new Load(load.completed(), load.failed(), load.running(), listener.cached(), mean);
        }

    }

}
