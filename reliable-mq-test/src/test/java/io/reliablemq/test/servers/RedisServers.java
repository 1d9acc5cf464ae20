package io.reliablemq.test.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Real Redis servers on free local ports. They end with the JVM.
 */
public final class RedisServers {

    private static RedisProcess shared;

    private RedisServers() {
    }

    /**
     * The server that all tests of this JVM share: no persistence, started when first
     * asked for. Tests keep apart by their key prefixes and leave it running.
     * @return the server
     */
    public static synchronized RedisProcess shared() {
        if (shared == null) {
            shared = start();
        }
        return shared;
    }

    /**
     * A server of the test's own.
     * @param settings lines of its configuration
     * @return the server; close it
     */
    public static RedisProcess start(String... settings) {
        return new RedisProcess(freePort(), settings);
    }

    /**
     * Also free 10,000 above, for the cluster bus; below the ports of outgoing
     * connections.
     */
    private static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(10_000, 22_000);
            if (isFree(port) && isFree(port + 10_000)) {
                return port;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        }
        catch (BindException ex) {
            return false;
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

}
