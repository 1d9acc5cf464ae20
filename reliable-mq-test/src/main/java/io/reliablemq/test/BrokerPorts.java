package io.reliablemq.test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The ports of one broker: p for clients, p - 1 for the name server, p - 2 for the VIP
 * channel. Free ports come in blocks of four below the ephemeral range (an outgoing
 * connection never takes one); the fourth is held by a listening socket until closed, so
 * that no other broker of this library, in this JVM or another, takes the block while
 * this one is down.
 */
final class BrokerPorts implements AutoCloseable {

    private static final int FIRST = 12_000;

    private static final int LAST = 32_000;

    private static final int BLOCK = 4;

    private static final int ATTEMPTS = 500;

    private final int broker;

    private final @Nullable ServerSocket reservation;

    private BrokerPorts(int broker, @Nullable ServerSocket reservation) {
        this.broker = broker;
        this.reservation = reservation;
    }

    static BrokerPorts free() {
        int blocks = (LAST - FIRST) / BLOCK;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int base = FIRST + BLOCK * ThreadLocalRandom.current().nextInt(blocks);
            ServerSocket reservation = listen(base + 3);
            if (reservation == null) {
                continue;
            }
            if (allFree(base)) {
                return new BrokerPorts(base + 2, reservation);
            }
            close(reservation);
        }
        throw new EmbeddedBrokerException("No three free ports between " + FIRST + " and " + LAST + " after " + ATTEMPTS
                + " attempts. End other brokers, or choose one with port(int).");
    }

    static BrokerPorts fixed(int port) {
        if (!allFree(port - 2)) {
            throw new EmbeddedBrokerException("Port " + port + " needs the ports " + (port - 2) + " to " + port
                    + " on 127.0.0.1, and at least one is taken. End the other process or choose another port.");
        }
        return new BrokerPorts(port, null);
    }

    int broker() {
        return this.broker;
    }

    int nameServer() {
        return this.broker - 1;
    }

    @Override
    public void close() {
        if (this.reservation != null) {
            close(this.reservation);
        }
    }

    private static boolean allFree(int first) {
        for (int port = first; port < first + 3; port++) {
            ServerSocket probe = listen(port);
            if (probe == null) {
                return false;
            }
            close(probe);
        }
        return true;
    }

    private static @Nullable ServerSocket listen(int port) {
        ServerSocket socket = null;
        try {
            socket = new ServerSocket();
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] { 127, 0, 0, 1 }), port), 1);
            return socket;
        }
        catch (IOException ex) {
            if (socket != null) {
                close(socket);
            }
            return null;
        }
    }

    private static void close(ServerSocket socket) {
        try {
            socket.close();
        }
        catch (IOException ex) {
            throw new EmbeddedBrokerException("Port " + socket.getLocalPort() + " can't be released.", ex);
        }
    }

}
