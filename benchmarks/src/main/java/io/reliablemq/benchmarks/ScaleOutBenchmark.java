package io.reliablemq.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.test.servers.PostgresServer;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A backlog, drained by one consumer process, by four, and by one that three join when a
 * third is done. Effects are counted and timed in the database. The rebalance gap is the
 * longest time in which a queue, or the whole group, made no effect after the others
 * joined.
 */
final class ScaleOutBenchmark {

    static final String TOPIC = "bench-scale-out";

    private static final Duration PATIENCE = Duration.ofMinutes(20);

    private final String nameServer;

    private final int messages;

    private final HikariDataSource database = PostgresServer.durable().dataSource();

    private final JdbcTemplate jdbc = new JdbcTemplate(this.database);

    private final List<String> lines = new ArrayList<>();

    ScaleOutBenchmark(String nameServer, int messages) {
        this.nameServer = nameServer;
        this.messages = messages;
    }

    void run() throws Exception {
        line("", "drain time", "msg/s", "effects", "lost", "doubled", "gap, group", "gap, queue");
        drain("one process", 1, 0);
        drain("four processes", 4, 0);
        drain("one, three join at a third", 1, 3);
        System.out.println();
        this.lines.forEach(System.out::println);
    }

    private void drain(String name, int first, int joining) throws Exception {
        this.jdbc.execute("DROP TABLE IF EXISTS scale_effect");
        this.jdbc.execute("CREATE TABLE scale_effect (message VARCHAR(64) NOT NULL, queue INT NOT NULL,"
                + " instance VARCHAR(20) NOT NULL, made_at TIMESTAMP NOT NULL DEFAULT clock_timestamp())");
        String group = "scale-" + Long.toString(System.nanoTime(), 36);
        List<Process> processes = new ArrayList<>();
        Path gate = Files.createTempDirectory("scale-out").resolve("gate");
        try {
            start(group, gate, first, processes);
            Files.createFile(gate);
            String joined = "infinity";
            if (joining > 0) {
                await(this.messages / 3);
                joined = this.jdbc.queryForObject("SELECT CAST(clock_timestamp()::timestamp AS VARCHAR)", String.class);
                start(group, gate, joining, processes);
            }
            await(this.messages);
            // What is doubled may come late.
            TimeUnit.SECONDS.sleep(3);
            report(name, joined);
        }
        finally {
            for (Process process : processes) {
                process.outputWriter().close();
            }
            for (Process process : processes) {
                if (!process.waitFor(60, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            }
        }
    }

    private void start(String group, Path gate, int number, List<Process> processes) throws Exception {
        for (int i = 0; i < number; i++) {
            Map<String, String> properties = new LinkedHashMap<>();
            properties.put("bench.group", group);
            properties.put("bench.gate", gate.toString());
            properties.put("bench.instance", "c" + (processes.size() + 1));
            properties.put("rocketmq.name-server", this.nameServer);
            properties.put("spring.datasource.url", this.database.getJdbcUrl());
            properties.put("spring.datasource.username", this.database.getUsername());
            properties.put("spring.datasource.password", "");
            properties.put("spring.datasource.hikari.maximum-pool-size", String.valueOf(ScaleOutConsumer.THREADS + 2));
            properties.put("reliable-mq.jdbc.initialize-schema", "always");
            properties.put("logging.level.root", "error");
            properties.put("spring.main.banner-mode", "off");
            processes.add(startPatiently(properties));
        }
    }

    /**
     * An application that does not reach its name server ends; a busy machine is slow.
     */
    private static Process startPatiently(Map<String, String> properties) throws IOException {
        for (int attempt = 1;; attempt++) {
            Process process = ScaleOutConsumer.start(properties);
            try {
                ScaleOutConsumer.awaitReady(process);
                return process;
            }
            catch (IOException ex) {
                process.destroyForcibly();
                if (attempt == 3) {
                    throw ex;
                }
            }
        }
    }

    private void await(int effects) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (number("SELECT COUNT(DISTINCT message) FROM scale_effect") < effects) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("Not " + effects + " effects within " + PATIENCE);
            }
            TimeUnit.MILLISECONDS.sleep(500);
        }
    }

    private void report(String name, String joined) {
        double seconds = number("SELECT EXTRACT(EPOCH FROM MAX(made_at) - MIN(made_at)) FROM scale_effect");
        int effects = (int) number("SELECT COUNT(*) FROM scale_effect");
        int distinct = (int) number("SELECT COUNT(DISTINCT message) FROM scale_effect");
        line(name, text("%.1f s", seconds), text("%.0f", distinct / seconds), effects, this.messages - distinct,
                effects - distinct, gap("", joined), gap("PARTITION BY queue", joined));
    }

    private String gap(String partition, String joined) {
        double gap = number("SELECT COALESCE(MAX(EXTRACT(EPOCH FROM made_at - before)), 0) FROM (SELECT made_at,"
                + " LAG(made_at) OVER (" + partition + " ORDER BY made_at) AS before FROM scale_effect) gaps"
                + " WHERE made_at >= CAST('" + joined + "' AS TIMESTAMP)");
        return joined.equals("infinity") ? "-" : text("%.2f s", gap);
    }

    private double number(String sql) {
        Double number = this.jdbc.queryForObject(sql, Double.class);
        return (number != null) ? number : 0;
    }

    private void line(Object... cells) {
        StringBuilder line = new StringBuilder("| %-26s |".formatted(cells[0]));
        for (int i = 1; i < cells.length; i++) {
            line.append(" %10s |".formatted(cells[i]));
        }
        this.lines.add(line.toString());
        System.out.println(line);
    }

    private static String text(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }

}
