package io.reliablemq.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import javax.sql.DataSource;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.reliablemq.autoconfigure.ReliableMQReconcileEndpoint;
import io.reliablemq.message.StoredMessage;
import io.reliablemq.reconcile.GroupReport;
import io.reliablemq.reconcile.Reconciler;
import io.reliablemq.reconcile.Verdict;
import io.reliablemq.reconcile.Window;
import io.reliablemq.test.servers.RedisServers;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sending service reads what a consuming service with another database has recorded.
 */
@Tag("faults")
@Timeout(300)
class OtherServicesIT {

    private static final int MESSAGES = 400;

    private static final int LOST = 5;

    @Test
    void areReadFromTheirDatabase() throws Exception {
        compare(Guarding.TRANSACTIONAL_ON_POSTGRESQL, (scenario, consumer) -> {
            scenario.with("other.url", scenario.database().url()).with("other.user", scenario.database().user());
            return "otherDatabase";
        });
    }

    @Test
    void areReadFromRedis() throws Exception {
        compare(Guarding.LEASE_ON_REDIS, (scenario, consumer) -> "redis");
    }

    @Test
    void areReadFromTheirEndpointWithItsCredentials() throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try {
            compare(Guarding.TRANSACTIONAL_ON_POSTGRESQL, (scenario, consumer) -> {
                ReliableMQReconcileEndpoint endpoint = consumer.bean(ReliableMQReconcileEndpoint.class);
                server.createContext("/actuator/reliablemqreconcile/", (exchange) -> answer(exchange, endpoint));
                server.start();
                scenario.with("reliable-mq.reconcile.groups.[" + scenario.group() + "].client", "authorized");
                return "http://127.0.0.1:" + server.getAddress().getPort() + "/actuator/reliablemqreconcile";
            });
        }
        finally {
            server.stop(0);
        }
    }

    private static void compare(Guarding guarding, Source source) throws Exception {
        try (Scenario scenario = new Scenario(guarding)) {
            scenario.with("reliable-mq.reconcile.grace", "1s")
                .with("management.endpoints.web.exposure.include", "*")
                .with("management.endpoints.jmx.exposure.include", "*");
            Instant begin = Instant.now().minusSeconds(1);
            RunningApplication consumer = scenario.start("consumer", EffectListener.class);
            TestDatabase sending = TestDatabase.postgres();
            String where = source.prepare(scenario, consumer);
            scenario.connectTo(sending)
                .with("reliable-mq.idempotency.store", "jdbc")
                .with("reliable-mq.idempotency.mode", "auto")
                .with("reliable-mq.reconcile.groups.[" + scenario.group() + "].source", where);
            RunningApplication sender = scenario.start("sender", Others.class);
            DefaultMQProducer producer = sender.bean(RocketMQTemplate.class).getProducer();
            List<StoredMessage> sent = new SentLedgerRows(sending, scenario.topic()).send(producer,
                    Sending.keys(MESSAGES));
            Scenario.waitFor("consumed", () -> scenario.effects().total() == MESSAGES);
            scenario.waitUntilDrained();
            List<Long> lost = sent.subList(0, LOST).stream().map(StoredMessage::id).toList();
            forget(scenario, guarding, lost);

            Instant young = Instant.now();
            Scenario.waitFor("grace", () -> Instant.now().isAfter(young.plusMillis(1100)));
            Reconciler reconciler = sender.bean(Reconciler.class);
            Window window = new Window(begin, Instant.now());
            GroupReport report = reconciler.run(window).group(scenario.group()).orElseThrow();
            assertThat(report.failure()).isNull();
            assertThat(report.counts())
                .isEqualTo(Map.of(Verdict.OK, (long) MESSAGES - LOST, Verdict.ACKED_NO_EFFECT, (long) LOST));
            assertThat(report.examples().get(Verdict.ACKED_NO_EFFECT)).containsExactlyInAnyOrderElementsOf(lost);

            GroupReport compensated = reconciler.run(window, 0, 1, reconciler.options().withDryRun(false))
                .group(scenario.group())
                .orElseThrow();
            assertThat(compensated.resent()).isEqualTo(LOST);
            Scenario.waitFor("made up for", () -> scenario.effects().total() == MESSAGES);
        }
    }

    private static void forget(Scenario scenario, Guarding guarding, List<Long> lost) throws Exception {
        JdbcTemplate jdbc = scenario.database().threadSafeJdbc();
        for (int i = 0; i < LOST; i++) {
            jdbc.update("DELETE FROM effects WHERE message_key = ?", "m-" + i);
            if (!guarding.isOnRedis()) {
                assertThat(jdbc.update("DELETE FROM reliable_mq_inbox WHERE message_id = ?", lost.get(i))).isOne();
            }
        }
        if (guarding.isOnRedis()) {
            RedisKeys.delete(RedisServers.shared().port(), scenario.keyPrefix(), scenario.group(), lost);
        }
    }

    private static void answer(HttpExchange exchange, ReliableMQReconcileEndpoint endpoint) throws IOException {
        try (exchange) {
            if (!"Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                exchange.sendResponseHeaders(401, -1);
                return;
            }
            String path = exchange.getRequestURI().getPath();
            Map<String, Long> query = Arrays.stream(exchange.getRequestURI().getQuery().split("&"))
                .map((one) -> one.split("="))
                .collect(Collectors.toMap((one) -> one[0], (one) -> Long.valueOf(one[1])));
            byte[] body = new ObjectMapper()
                .writeValueAsString(endpoint.records(path.substring(path.lastIndexOf('/') + 1), query.get("from"),
                        query.get("to"), 100))
                .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/vnd.spring-boot.actuator.v3+json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Sets up where the records are. */
    @FunctionalInterface
    private interface Source {

        String prepare(Scenario scenario, RunningApplication consumer);

    }

    /** What the sending service knows of others. */
    @Configuration(proxyBeanMethods = false)
    static class Others {

        @Bean(defaultCandidate = false)
        DataSource otherDatabase(Environment environment) {
            return new DriverManagerDataSource(environment.getProperty("other.url", ""),
                    environment.getProperty("other.user", ""), "");
        }

        @Bean
        RestClient authorized() {
            return RestClient.builder().defaultHeader("Authorization", "Bearer secret").build();
        }

    }

}
