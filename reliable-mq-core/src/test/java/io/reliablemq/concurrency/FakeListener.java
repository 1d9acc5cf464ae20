package io.reliablemq.concurrency;

import java.util.Set;
import java.util.TreeSet;

/**
 * A listener that does as much as it is told between two looks.
 */
final class FakeListener implements TunableListener {

    private final String group;

    private final Set<String> pausedBy = new TreeSet<>();

    private volatile int threads;

    volatile int ratePerLook;

    private long completed;

    FakeListener(String group, int threads) {
        this.group = group;
        this.threads = threads;
    }

    int threads() {
        return this.threads;
    }

    @Override
    public String group() {
        return this.group;
    }

    @Override
    public String topic() {
        return "orders";
    }

    @Override
    public boolean ordered() {
        return false;
    }

    @Override
    public int maxThreads() {
        return 64;
    }

    @Override
    public long cached() {
        return 1000;
    }

    @Override
    public ListenerTuning tuning() {
        return ListenerTuning.none().withThreads(this.threads);
    }

    @Override
    public void tune(ListenerTuning changes) {
        this.threads = changes.threads();
    }

    @Override
    public void pause(String by) {
        this.pausedBy.add(by);
    }

    @Override
    public void resume(String by) {
        this.pausedBy.remove(by);
    }

    @Override
    public Set<String> pausedBy() {
        return Set.copyOf(this.pausedBy);
    }

    @Override
    public ListenerLoad load() {
        this.completed += this.ratePerLook;
        return new ListenerLoad(this.completed, 0, this.completed * 1_000_000, this.threads);
    }

}
