package io.reliablemq.it;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Holds the listeners of several JVMs in the middle of a message, see {@link GatedStep}.
 */
final class Gates {

    static final String FAIL = "fail";

    private static final String GO_ON = "go on";

    private final JdbcTemplate jdbc;

    Gates(TestDatabase database) {
        this.jdbc = database.threadSafeJdbc();
        this.jdbc.execute("CREATE TABLE arrivals (instance VARCHAR(100), arrival INT)");
        this.jdbc.execute(
                "CREATE TABLE gates (instance VARCHAR(100), first_arrival INT, last_arrival INT, word VARCHAR(10))");
    }

    /** How many messages an instance has begun. */
    int arrivals(String instance) {
        Integer count = this.jdbc.queryForObject("SELECT COUNT(*) FROM arrivals WHERE instance = ?", Integer.class,
                instance);
        return (count != null) ? count : 0;
    }

    void letGoOn(String instance, int arrival) {
        open(instance, arrival, arrival, GO_ON);
    }

    void letFail(String instance, int arrival) {
        open(instance, arrival, arrival, FAIL);
    }

    void letGoOnFrom(String instance, int arrival) {
        open(instance, arrival, Integer.MAX_VALUE, GO_ON);
    }

    private void open(String instance, int first, int last, String word) {
        this.jdbc.update("INSERT INTO gates (instance, first_arrival, last_arrival, word) VALUES (?, ?, ?, ?)",
                instance, first, last, word);
    }

}
