package io.reliablemq.it;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.jdbc.core.JdbcTemplate;

import static org.awaitility.Awaitility.await;

/**
 * Reports each arrival of a message in the database and waits there for a word.
 */
final class GatedStep implements Step {

    private final JdbcTemplate jdbc;

    private final String instance;

    private final AtomicInteger arrivals = new AtomicInteger();

    GatedStep(JdbcTemplate jdbc, String instance) {
        this.jdbc = jdbc;
        this.instance = instance;
    }

    @Override
    public void handle(String key, Runnable effect) {
        int arrival = this.arrivals.incrementAndGet();
        this.jdbc.update("INSERT INTO arrivals (instance, arrival) VALUES (?, ?)", this.instance, arrival);
        String word = await().atMost(Duration.ofMinutes(5)).until(() -> wordFor(arrival), (it) -> !it.isEmpty()).get(0);
        if (Gates.FAIL.equals(word)) {
            throw new IllegalStateException("told to fail");
        }
        effect.run();
    }

    private List<String> wordFor(int arrival) {
        return this.jdbc.queryForList(
                "SELECT word FROM gates WHERE instance = ? AND first_arrival <= ? AND last_arrival >= ?", String.class,
                this.instance, arrival, arrival);
    }

}
