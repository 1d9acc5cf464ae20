package io.reliablemq.test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What can only be seen from outside: that the JVM ends, and what it leaves behind.
 */
@Tag("faults")
class ForkedJvmIT {

    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    Path home;

    @TempDir
    Path temporary;

    @Test
    void aMainMethodThatClosesItsBrokerEndsByItself() throws Exception {
        Process process = fork(StartAndClose.class);
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(output()).contains("closed");
        assertThat(process.exitValue()).isZero();
        assertThat(files(this.home)).isEmpty();
        assertThat(brokerFiles()).isEmpty();
    }

    @Test
    void anExitWithoutCloseLeavesNoFiles() throws Exception {
        Process process = fork(StartAndExit.class);
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(7);
        assertThat(files(this.home)).isEmpty();
        assertThat(brokerFiles()).isEmpty();
    }

    @Test
    void theNextStartDeletesWhatAKilledOneLeft() throws Exception {
        Process killed = fork(StartAndHalt.class);
        assertThat(killed.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(brokerFiles()).isNotEmpty();
        Process next = fork(StartAndClose.class);
        assertThat(next.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(brokerFiles()).isEmpty();
    }

    private Process fork(Class<?> main) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        command.add("-Duser.home=" + this.home);
        command.add("-Djava.io.tmpdir=" + this.temporary);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(main.getName());
        return new ProcessBuilder(command).redirectErrorStream(true)
            .redirectOutput(this.temporary.resolve("output.txt").toFile())
            .start();
    }

    private String output() throws Exception {
        return Files.readString(this.temporary.resolve("output.txt"));
    }

    private List<Path> brokerFiles() throws Exception {
        return files(this.temporary).stream()
            .filter((path) -> path.getFileName().toString().startsWith("reliable-mq-broker-"))
            .toList();
    }

    private static List<Path> files(Path directory) throws Exception {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    static final class StartAndClose {

        public static void main(String[] arguments) throws Exception {
            try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault();
                    TestClients clients = new TestClients(broker.nameServerAddress())) {
                broker.createTopic("orders", 1);
                TestClients.send(clients.producer(), "orders", "one");
            }
            System.out.println("closed");
        }

    }

    static final class StartAndExit {

        public static void main(String[] arguments) {
            EmbeddedRocketMQBroker.startDefault();
            System.exit(7);
        }

    }

    static final class StartAndHalt {

        public static void main(String[] arguments) {
            EmbeddedRocketMQBroker.startDefault();
            Runtime.getRuntime().halt(9);
        }

    }

}
