package io.reliablemq.concurrency;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * The last decisions about one listener.
 */
final class DecisionHistory {

    private static final int SIZE = 50;

    private final Deque<AdaptiveDecision> decisions = new ArrayDeque<>();

    synchronized void add(AdaptiveDecision decision) {
        if (this.decisions.size() == SIZE) {
            this.decisions.removeFirst();
        }
        this.decisions.addLast(decision);
    }

    /** The newest first. */
    synchronized List<AdaptiveDecision> all() {
        List<AdaptiveDecision> all = new ArrayList<>(this.decisions);
        Collections.reverse(all);
        return all;
    }

}
