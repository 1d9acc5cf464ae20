package io.reliablemq.test.servers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.RedisStandaloneConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceClientConfiguration;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

import redis.embedded.RedisServer;
import redis.embedded.core.RedisServerBuilder;

/**
 * One Redis server, which can be frozen, killed and started again.
 */
public final class RedisProcess implements AutoCloseable {

    private final int port;

    private final String[] settings;

    private final List<LettuceConnectionFactory> factories = new ArrayList<>();

    private RedisServer server;

    private long pid;

    RedisProcess(int port, String... settings) {
        this.port = port;
        this.settings = settings;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        start();
    }

    /**
     * Starts the server, or starts it again on the same port.
     */
    public void start() {
        try {
            RedisServerBuilder builder = RedisServer.newRedisServer()
                .port(this.port)
                .bind("127.0.0.1")
                .setting("save \"\"")
                .onShutdownForceStop(true);
            for (String setting : this.settings) {
                builder.setting(setting);
            }
            this.server = builder.build();
            this.server.start();
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        LettuceConnectionFactory factory = newConnectionFactory(Duration.ofSeconds(10));
        try (RedisConnection connection = factory.getConnection()) {
            this.pid = Long.parseLong(connection.serverCommands().info("server").getProperty("process_id"));
        }
        factory.destroy();
    }

    /** Port on 127.0.0.1. */
    public int port() {
        return this.port;
    }

    /** The server's own process id. */
    public long pid() {
        return this.pid;
    }

    /** Stops the process where it is; connections stay open and get no answer. */
    public void freeze() {
        signal("STOP");
    }

    /** Ends a freeze. */
    public void thaw() {
        signal("CONT");
    }

    /** Ends the process at once. */
    public void kill() {
        try {
            this.server.stop();
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private void signal(String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, String.valueOf(this.pid)).start().waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + name + " ended with " + status);
            }
        }
        catch (IOException ex) {
            throw new UncheckedIOException(ex);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

    /**
     * Connections by Lettuce that time out after 10 seconds.
     * @return a started factory, closed with the server
     */
    public LettuceConnectionFactory connectionFactory() {
        return connectionFactory(Duration.ofSeconds(10));
    }

    /**
     * Connections by Lettuce.
     * @param timeout of a command
     * @return a started factory, closed with the server
     */
    public synchronized LettuceConnectionFactory connectionFactory(Duration timeout) {
        LettuceConnectionFactory factory = newConnectionFactory(timeout);
        this.factories.add(factory);
        return factory;
    }

    private LettuceConnectionFactory newConnectionFactory(Duration timeout) {
        LettuceConnectionFactory factory = new LettuceConnectionFactory(
                new RedisStandaloneConfiguration("127.0.0.1", this.port),
                LettuceClientConfiguration.builder().commandTimeout(timeout).shutdownTimeout(Duration.ZERO).build());
        factory.afterPropertiesSet();
        factory.start();
        return factory;
    }

    @Override
    public synchronized void close() {
        this.factories.forEach(LettuceConnectionFactory::destroy);
        this.factories.clear();
        if (this.server != null && this.server.isActive()) {
            kill();
        }
    }

}
