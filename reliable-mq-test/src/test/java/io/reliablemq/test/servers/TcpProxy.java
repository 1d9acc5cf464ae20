package io.reliablemq.test.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands between a client and a server on 127.0.0.1 and misbehaves when told to. All
 * methods may be called from any thread.
 */
public final class TcpProxy implements AutoCloseable {

    private static final int CONNECT_TIMEOUT = 5000;

    private final ServerSocket listener;

    private final Set<Link> links = ConcurrentHashMap.newKeySet();

    private final AtomicLong swallowed = new AtomicLong();

    private volatile InetSocketAddress server;

    private volatile boolean cut;

    private volatile boolean swallowing;

    private volatile Duration delay = Duration.ZERO;

    private TcpProxy(InetSocketAddress server) throws IOException {
        this.server = server;
        this.listener = new ServerSocket(0, 100, InetAddress.getByName("127.0.0.1"));
        run("accept", this::accept);
    }

    /**
     * Starts a proxy on a free port whose server is named later; until then it turns
     * connections away.
     */
    public static TcpProxy start() {
        return start(null);
    }

    /** Starts a proxy on a free port. */
    public static TcpProxy start(String host, int port) {
        return start(new InetSocketAddress(host, port));
    }

    private static TcpProxy start(InetSocketAddress server) {
        try {
            return new TcpProxy(server);
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /** Names the server for connections to come. */
    public void forwardTo(String host, int port) {
        this.server = new InetSocketAddress(host, port);
    }

    /** The port to connect to, on 127.0.0.1. */
    public int port() {
        return this.listener.getLocalPort();
    }

    /** How many connections are open. */
    public int connections() {
        return this.links.size();
    }

    /**
     * Resets all connections, and new ones as soon as they are made, until
     * {@link #restore()}. None is open when this returns.
     */
    public void cut() {
        synchronized (this.links) {
            this.cut = true;
            this.links.forEach(Link::reset);
        }
    }

    /** Lets connections through again. */
    public void restore() {
        this.cut = false;
    }

    /**
     * Takes what the server sends and drops it, so that requests arrive but answers are
     * lost. Connections stay open; cut those whose protocol can't go on without the lost
     * answer.
     */
    public void swallowResponses(boolean swallow) {
        this.swallowing = swallow;
    }

    /** How many bytes were dropped. */
    public long swallowedBytes() {
        return this.swallowed.get();
    }

    /** Holds back each piece of data, in both directions. Zero ends it. */
    public void delay(Duration delay) {
        this.delay = delay;
    }

    /** Resets all connections and releases the port. */
    @Override
    public void close() {
        closeQuietly(this.listener);
        cut();
    }

    private void accept() {
        while (!this.listener.isClosed()) {
            try {
                Socket client = this.listener.accept();
                run("connect", () -> connect(client));
            }
            catch (IOException ex) {
                // closed, or the client has gone already
            }
        }
    }

    private void connect(Socket client) {
        InetSocketAddress target = this.server;
        if (this.cut || target == null) {
            reset(client);
            return;
        }
        Socket upstream = new Socket();
        try {
            upstream.connect(target, CONNECT_TIMEOUT);
            client.setTcpNoDelay(true);
            upstream.setTcpNoDelay(true);
        }
        catch (IOException ex) {
            closeQuietly(upstream);
            reset(client);
            return;
        }
        Link link = new Link(client, upstream);
        synchronized (this.links) {
            if (this.cut) {
                link.reset();
                return;
            }
            this.links.add(link);
        }
        run("requests", () -> link.pump(client, upstream, false));
        run("responses", () -> link.pump(upstream, client, true));
    }

    private static void run(String what, Runnable task) {
        Thread thread = new Thread(task, "tcp-proxy-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        }
        catch (IOException ex) {
            // closed already
        }
        closeQuietly(socket);
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        }
        catch (Exception ex) {
            // nothing more can be done
        }
    }

    /**
     * One connection, of two halves.
     */
    private final class Link {

        private final Socket client;

        private final Socket upstream;

        private int ended;

        private Link(Socket client, Socket upstream) {
            this.client = client;
            this.upstream = upstream;
        }

        private void pump(Socket from, Socket to, boolean responses) {
            byte[] buffer = new byte[64 * 1024];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    Thread.sleep(TcpProxy.this.delay.toMillis());
                    if (responses && TcpProxy.this.swallowing) {
                        TcpProxy.this.swallowed.addAndGet(read);
                    }
                    else {
                        out.write(buffer, 0, read);
                    }
                }
                to.shutdownOutput();
                end();
            }
            catch (IOException | InterruptedException ex) {
                reset();
            }
        }

        private synchronized void end() {
            if (++this.ended == 2) {
                closeQuietly(this.client);
                closeQuietly(this.upstream);
                TcpProxy.this.links.remove(this);
            }
        }

        private void reset() {
            TcpProxy.reset(this.client);
            TcpProxy.reset(this.upstream);
            TcpProxy.this.links.remove(this);
        }

    }

}
