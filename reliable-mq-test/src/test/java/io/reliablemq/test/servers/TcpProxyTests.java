package io.reliablemq.test.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class TcpProxyTests {

    private final AtomicInteger received = new AtomicInteger();

    private ServerSocket echo;

    private TcpProxy proxy;

    @BeforeEach
    void start() throws IOException {
        this.echo = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        daemon(this::serve);
        this.proxy = TcpProxy.start("127.0.0.1", this.echo.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        this.proxy.close();
        this.echo.close();
    }

    @Test
    void forwardsInBothDirections() throws IOException {
        try (Socket client = connect()) {
            assertThat(ask(client, "hello")).isEqualTo("hello");
            assertThat(this.proxy.connections()).isOne();
        }
        await().until(() -> this.proxy.connections() == 0);
    }

    @Test
    void passesOnThatOneSideHasNothingMoreToSay() throws IOException {
        try (Socket client = connect()) {
            client.getOutputStream().write("all".getBytes(StandardCharsets.UTF_8));
            client.shutdownOutput();

            assertThat(client.getInputStream().readAllBytes()).isEqualTo("all".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void swallowsAnswersWhileRequestsArrive() throws IOException {
        try (Socket client = connect()) {
            this.proxy.swallowResponses(true);
            client.getOutputStream().write(new byte[3]);
            await().until(() -> this.proxy.swallowedBytes() == 3);
            assertThat(this.received).hasValue(3);
            this.proxy.swallowResponses(false);

            assertThat(ask(client, "heard")).isEqualTo("heard");
        }
    }

    @Test
    void resetsOpenAndNewConnectionsUntilRestored() throws IOException {
        try (Socket client = connect()) {
            ask(client, "before");
            this.proxy.cut();

            assertThat(this.proxy.connections()).isZero();
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> ask(client, "x"));
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> askAnew("x"));
        }
        this.proxy.restore();
        assertThat(askAnew("after")).isEqualTo("after");
    }

    @Test
    void holdsDataBack() throws IOException {
        try (Socket client = connect()) {
            this.proxy.delay(Duration.ofMillis(100));
            long start = System.nanoTime();

            ask(client, "slow");

            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        }
    }

    @Test
    void canBeToldItsServerLater() throws IOException {
        try (TcpProxy early = TcpProxy.start(); Socket turnedAway = new Socket("127.0.0.1", early.port())) {
            assertThatExceptionOfType(IOException.class).isThrownBy(() -> ask(turnedAway, "x"));
            early.forwardTo("127.0.0.1", this.echo.getLocalPort());
            try (Socket client = new Socket("127.0.0.1", early.port())) {
                assertThat(ask(client, "late")).isEqualTo("late");
            }
        }
    }

    private String askAnew(String text) throws IOException {
        try (Socket client = connect()) {
            return ask(client, text);
        }
    }

    private Socket connect() throws IOException {
        return new Socket("127.0.0.1", this.proxy.port());
    }

    private static String ask(Socket socket, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream().write(bytes);
        byte[] answer = socket.getInputStream().readNBytes(bytes.length);
        if (answer.length < bytes.length) {
            throw new IOException("closed");
        }
        return new String(answer, StandardCharsets.UTF_8);
    }

    private void serve() {
        while (!this.echo.isClosed()) {
            try {
                Socket socket = this.echo.accept();
                daemon(() -> echo(socket));
            }
            catch (IOException ex) {
                return;
            }
        }
    }

    private void echo(Socket socket) {
        try (socket) {
            byte[] buffer = new byte[1024];
            for (int read = socket.getInputStream().read(buffer); read >= 0; read = socket.getInputStream()
                .read(buffer)) {
                this.received.addAndGet(read);
                socket.getOutputStream().write(buffer, 0, read);
            }
        }
        catch (IOException ex) {
            if (!socket.isClosed()) {
                throw new UncheckedIOException(ex);
            }
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
    }

}
