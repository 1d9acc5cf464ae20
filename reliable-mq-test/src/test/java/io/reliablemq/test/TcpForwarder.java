package io.reliablemq.test;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Forwards connections to an address that is known later.
 */
final class TcpForwarder implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));

    private final ExecutorService threads = Executors.newCachedThreadPool();

    private final AtomicInteger connections = new AtomicInteger();

    TcpForwarder(Supplier<String> target) throws IOException {
        this.threads.execute(() -> accept(target));
    }

    int port() {
        return this.server.getLocalPort();
    }

    int connections() {
        return this.connections.get();
    }

    private void accept(Supplier<String> target) {
        while (!this.server.isClosed()) {
            try {
                Socket client = this.server.accept();
                this.connections.incrementAndGet();
                String[] address = target.get().split(":");
                Socket broker = new Socket(address[0], Integer.parseInt(address[1]));
                this.threads.execute(() -> copy(client, broker));
                this.threads.execute(() -> copy(broker, client));
            }
            catch (IOException ex) {
                // Closed, or the broker is down: the client sees its connection end.
                continue;
            }
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from; to; InputStream in = from.getInputStream()) {
            in.transferTo(to.getOutputStream());
        }
        catch (IOException ex) {
            return;
        }
    }

    @Override
    public void close() throws IOException {
        this.server.close();
        this.threads.shutdownNow();
    }

}
