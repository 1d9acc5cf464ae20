package io.reliablemq.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

import io.reliablemq.test.EmbeddedRocketMQBroker;

/**
 * A broker in a JVM of its own; it ends when its standard input does.
 */
final class BrokerProcess implements AutoCloseable {

    private static final String READY = "broker ready ";

    private final Process process;

    private final String nameServer;

    private BrokerProcess(Process process, String nameServer) {
        this.process = process;
        this.nameServer = nameServer;
    }

    static BrokerProcess start(String... topics) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-Xmx1g", "-cp",
                System.getProperty("java.class.path"), BrokerProcess.class.getName());
        builder.command().addAll(java.util.List.of(topics));
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        BufferedReader output = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.startsWith(READY)) {
                BrokerProcess broker = new BrokerProcess(process, line.substring(READY.length()));
                ProcessorTime.watch(broker);
                return broker;
            }
        }
        throw new IOException("The broker ended before it was ready");
    }

    String nameServer() {
        return this.nameServer;
    }

    /** Processor time that it has used. */
    long cpuNanos() {
        return this.process.toHandle().info().totalCpuDuration().orElse(java.time.Duration.ZERO).toNanos();
    }

    @Override
    public void close() {
        this.process.destroy();
    }

    public static void main(String[] topics) throws IOException {
        try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.builder().start()) {
            for (String topic : topics) {
                broker.createTopic(topic, 8);
            }
            System.out.println(READY + broker.nameServerAddress());
            while (System.in.read() >= 0) {
                Thread.onSpinWait();
            }
        }
    }

}
