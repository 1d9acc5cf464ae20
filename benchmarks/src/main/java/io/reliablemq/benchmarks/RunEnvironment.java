package io.reliablemq.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

import javax.sql.DataSource;

import org.apache.rocketmq.common.MQVersion;

import org.springframework.boot.SpringBootVersion;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Where and how a run went.
 */
final class RunEnvironment {

    private static final Path CPU = Path.of("/proc/cpuinfo");

    private RunEnvironment() {
    }

    static Map<String, String> of(Scale scale, BenchmarkServers servers) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("run",
                Instant.now(Clock.systemUTC()).truncatedTo(ChronoUnit.MINUTES) + ", "
                        + (scale.quick() ? "quick mode: the figures mean nothing" : scale.rounds() + " rounds or more")
                        + ", order alternating");
        facts.put("machine", Runtime.getRuntime().availableProcessors() + " cores, " + cpu() + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version") + ", everything local");
        facts.put("JVM",
                Runtime.version() + ", "
                        + ManagementFactory.getRuntimeMXBean()
                            .getInputArguments()
                            .stream()
                            .filter((argument) -> argument.startsWith("-X"))
                            .collect(Collectors.joining(" ")));
        facts.put("Spring Boot", SpringBootVersion.getVersion());
        facts.put("RocketMQ", MQVersion.getVersionDesc(MQVersion.CURRENT_VERSION)
                + ", one broker in a JVM of its own, ASYNC_FLUSH, 8 queues per topic, messages of 1 KiB");
        facts.put("PostgreSQL",
                settings(servers.postgres(),
                        "SELECT current_setting('server_version')"
                                + " || ', fsync ' || current_setting('fsync') || ', synchronous_commit '"
                                + " || current_setting('synchronous_commit') || ', full_page_writes '"
                                + " || current_setting('full_page_writes')"));
        facts.put("MariaDB", settings(servers.mariaDb(), "SELECT CONCAT(VERSION(), ', innodb_flush_log_at_trx_commit ',"
                + " @@innodb_flush_log_at_trx_commit)"));
        facts.put("Redis", servers.redisVersion() + ", no persistence");
        return facts;
    }

    private static String settings(DataSource dataSource, String query) {
        return String.valueOf(new JdbcTemplate(dataSource).queryForObject(query, String.class));
    }

    private static String cpu() {
        try {
            return Files.readAllLines(CPU)
                .stream()
                .filter((line) -> line.startsWith("model name"))
                .map((line) -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse(System.getProperty("os.arch"));
        }
        catch (IOException ex) {
            return System.getProperty("os.arch");
        }
    }

}
