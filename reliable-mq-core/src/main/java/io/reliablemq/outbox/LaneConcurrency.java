package io.reliablemq.outbox;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * How many threads may be inside a lane. It begins with one and gets more as attempts are
 * answered; a failure takes them away again. While anybody inside waits unusually long
 * for an answer, nobody else comes in. So a topic that hangs holds one thread, or those
 * few that came in right before it began to hang.
 */
final class LaneConcurrency {

    private static final long SHORTEST = TimeUnit.MILLISECONDS.toNanos(250);

    private static final long LONGEST = TimeUnit.SECONDS.toNanos(2);

    private final int most;

    private final Map<Lane, Room> rooms = new ConcurrentHashMap<>();

    /**
     * Creates places that are all free.
     * @param most most threads inside one lane
     */
    LaneConcurrency(int most) {
        this.most = most;
    }

    /** A place for the calling thread to pass on; {@code null} if there is none now. */
    @Nullable Place enter(Lane lane) {
        return this.rooms.computeIfAbsent(lane, (key) -> new Room(this.most)).enter(lane, System.nanoTime());
    }

    /** As many places as there are, at most so many. */
    List<Place> enter(Lane lane, int most) {
        List<Place> entered = new ArrayList<>();
        for (Place place = enter(lane); place != null; place = (entered.size() < most) ? enter(lane) : null) {
            entered.add(place);
        }
        return entered;
    }

    /** Whether somebody inside waits unusually long for an answer. */
    boolean isSlow(Lane lane) {
        Room room = this.rooms.get(lane);
        return room != null && room.isSlow(System.nanoTime());
    }

    /** Topics that nobody can come into now, whatever the broker. */
    Set<ClusterTopic> full() {
        long now = System.nanoTime();
        return this.rooms.entrySet()
            .stream()
            .filter((each) -> each.getKey().broker() == null && each.getValue().isFull(now))
            .map((each) -> each.getKey().destination())
            .collect(Collectors.toUnmodifiableSet());
    }

    /** Who is inside a lane. */
    private static final class Room {

        private final int most;

        private final List<Place> inside = new ArrayList<>();

        private int allowed = 1;

        /** How long attempts usually take. */
        private long usual;

        Room(int most) {
            this.most = most;
        }

        synchronized @Nullable Place enter(Lane lane, long now) {
            if (isFull(now)) {
                return null;
            }
            Place place = new Place(lane, this);
            this.inside.add(place);
            return place;
        }

        synchronized boolean isFull(long now) {
            return this.inside.size() >= this.allowed || isSlow(now);
        }

        synchronized boolean isSlow(long now) {
            return this.inside.stream().anyMatch((place) -> place.isSlow(now));
        }

        synchronized long patience() {
            return Math.max(SHORTEST, Math.min(LONGEST, 4 * this.usual));
        }

        synchronized void answered(long took) {
            this.allowed = Math.min(this.most, 2 * this.allowed);
            this.usual += (took - this.usual) / 8;
        }

        synchronized void failed() {
            this.allowed = 1;
        }

        synchronized void leave(Place place) {
            this.inside.remove(place);
        }

    }

    /** The right to send in a lane. For one thread. */
    static final class Place {

        private final Lane lane;

        private final Room room;

        private volatile boolean waiting;

        private volatile long since;

        private Place(Lane lane, Room room) {
            this.lane = lane;
            this.room = room;
        }

        Lane lane() {
            return this.lane;
        }

        /** An answer is awaited from now on. */
        void begin() {
            this.since = System.nanoTime();
            this.waiting = true;
        }

        /** Nothing is awaited any more, and nothing is known of the lane. */
        void end() {
            this.waiting = false;
        }

        void answered() {
            end();
            this.room.answered(System.nanoTime() - this.since);
        }

        void failed() {
            end();
            this.room.failed();
        }

        /** Whether its thread waits unusually long. */
        boolean isSlow(long now) {
            return this.waiting && now - this.since > this.room.patience();
        }

        void leave() {
            end();
            this.room.leave(this);
        }

    }

}
