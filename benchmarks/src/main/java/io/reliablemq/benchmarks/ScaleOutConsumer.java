package io.reliablemq.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.reliablemq.idempotency.IdempotentConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A consumer in a JVM of its own: 20 ms of waiting, as for a remote service, then a row.
 * It ends when its standard input does.
 */
@EnableAutoConfiguration
class ScaleOutConsumer {

    /** With four processes, PostgreSQL's 100 connections are enough. */
    static final int THREADS = 15;

    private static final String READY = "consumer ready";

    @Bean
    Work work(JdbcTemplate jdbc, Environment environment) {
        return new Work(jdbc, environment.getRequiredProperty("bench.instance"),
                Path.of(environment.getRequiredProperty("bench.gate")));
    }

    /** Starts one and waits until it consumes. */
    static Process start(Map<String, String> properties) throws IOException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx384m",
                "-Drmq.logback.configurationFile=io/reliablemq/test/rocketmq-logging.xml", "-cp",
                System.getProperty("java.class.path"), ScaleOutConsumer.class.getName()));
        properties.forEach((name, value) -> command.add("--" + name + "=" + value));
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    }

    static void awaitReady(Process process) throws IOException {
        var output = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.equals(READY)) {
                return;
            }
            said.append(line).append(System.lineSeparator());
        }
        throw new IOException("A consumer ended before it was ready: " + said);
    }

    public static void main(String[] arguments) throws IOException {
        var context = new SpringApplicationBuilder(ScaleOutConsumer.class).web(WebApplicationType.NONE).run(arguments);
        System.out.println(READY);
        while (System.in.read() >= 0) {
            Thread.onSpinWait();
        }
        context.close();
        System.exit(0);
    }

    /** The listener. */
    @RocketMQMessageListener(topic = ScaleOutBenchmark.TOPIC, consumerGroup = "${bench.group}",
            consumeThreadNumber = ScaleOutConsumer.THREADS)
    @IdempotentConsumer
    static final class Work implements RocketMQListener<MessageExt>, RocketMQPushConsumerLifecycleListener {

        private final JdbcTemplate jdbc;

        private final String instance;

        private final Path gate;

        private volatile boolean open;

        Work(JdbcTemplate jdbc, String instance, Path gate) {
            this.jdbc = jdbc;
            this.instance = instance;
            this.gate = gate;
        }

        @Override
        public void onMessage(MessageExt message) {
            try {
                // So that processes that start one after the other begin together.
                while (!this.open) {
                    this.open = Files.exists(this.gate);
                    TimeUnit.MILLISECONDS.sleep(20);
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            catch (InterruptedException ex) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(ex);
            }
            this.jdbc.update("INSERT INTO scale_effect (message, queue, instance) VALUES (?, ?, ?)", message.getMsgId(),
                    message.getQueueId(), this.instance);
        }

        @Override
        public void prepareStart(DefaultMQPushConsumer consumer) {
            consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
        }

    }

}
