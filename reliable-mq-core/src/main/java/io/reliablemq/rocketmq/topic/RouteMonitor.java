package io.reliablemq.rocketmq.topic;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

import io.reliablemq.ReliableMQException;
import io.reliablemq.rocketmq.topic.TopicAdmin.Master;
import org.apache.rocketmq.remoting.protocol.route.QueueData;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/**
 * Waits until the name servers tell everyone what the brokers have.
 */
final class RouteMonitor {

    private static final long POLL_MILLIS = 200;

    private final TopicAdmin admin;

    RouteMonitor(TopicAdmin admin) {
        this.admin = admin;
    }

    /** Whether all name servers say so of all these brokers. */
    boolean all(List<Master> masters, Predicate<QueueData> wanted) {
        for (Map.Entry<String, TopicRouteData> route : this.admin.routes().entrySet()) {
            if (route.getValue() == null || !masters.stream().allMatch((it) -> says(route.getValue(), it, wanted))) {
                return false;
            }
        }
        return true;
    }

    private static boolean says(TopicRouteData route, Master master, Predicate<QueueData> wanted) {
        return route.getQueueDatas()
            .stream()
            .filter((it) -> Objects.equals(it.getBrokerName(), master.broker()))
            .anyMatch(wanted);
    }

    /** Asks again and again. */
    static boolean await(long deadline, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            pause();
        }
        return true;
    }

    static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while waiting for a topic's brokers and consumers: the same"
                    + " request goes on from there.", ex);
        }
    }

}
