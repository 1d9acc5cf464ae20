package io.reliablemq.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.test.servers.ServerProcess;

/**
 * An application in a JVM of its own, which can be frozen and killed. Its output goes to
 * {@code target/forks}.
 */
final class ForkedApplication implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 120;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

    private final Process process;

    private final PrintWriter questions;

    private final Path log;

    ForkedApplication(String name, Map<String, String> properties, Class<?> listener) {
        try {
            this.log = Files.createDirectories(Path.of("target", "forks"))
                .resolve(name + "-" + NUMBERS.incrementAndGet() + ".log");
            this.process = new ProcessBuilder(command(properties, listener)).redirectErrorStream(true).start();
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        this.questions = new PrintWriter(this.process.outputWriter(StandardCharsets.UTF_8), true);
        Thread reader = new Thread(this::read, "fork-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    private static List<String> command(Map<String, String> properties, Class<?> listener) {
        List<String> command = new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java"),
                "-Xmx384m", "-XX:TieredStopAtLevel=1", "-Drocketmq.client.rebalance.minInterval=50",
                "-Drmq.logback.configurationFile=io/reliablemq/test/rocketmq-logging.xml", "-cp",
                System.getProperty("java.class.path"), ForkedMain.class.getName(), listener.getName()));
        properties.forEach((property, value) -> command.add("--" + property + "=" + value));
        return command;
    }

    private void read() {
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(this.log), true);
                BufferedReader in = new BufferedReader(
                        new InputStreamReader(this.process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(line);
                if (line.startsWith(ForkedMain.ANSWER)) {
                    this.answers.add(line.substring(ForkedMain.ANSWER.length()));
                }
            }
        }
        catch (IOException ex) {
            // killed
        }
    }

    /** Waits until its listener consumes. */
    ForkedApplication awaitReady() {
        return await(ForkedMain.READY);
    }

    /** Waits until it says something, whatever else it says before. */
    ForkedApplication await(String word) {
        while (!word.equals(answer())) {
            // goes on
        }
        return this;
    }

    /** Asks for one of its counters. */
    int counter(String name) {
        this.questions.println(name);
        return Integer.parseInt(answer());
    }

    private String answer() {
        try {
            for (int second = 0; second < PATIENCE_SECONDS && isAlive(); second++) {
                String answer = this.answers.poll(1, TimeUnit.SECONDS);
                if (answer != null) {
                    return answer;
                }
            }
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("No answer, see " + this.log.toAbsolutePath());
    }

    boolean isAlive() {
        return this.process.isAlive();
    }

    /** Stops the process where it is. */
    void freeze() {
        new ServerProcess(this.process.pid()).freeze();
    }

    /** Ends a freeze. */
    void thaw() {
        new ServerProcess(this.process.pid()).thaw();
    }

    /** Ends the process at once, by SIGKILL. */
    void kill() {
        this.process.destroyForcibly();
        try {
            this.process.waitFor();
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        kill();
    }

}
