package io.reliablemq.benchmarks;

import java.io.IOException;

import com.zaxxer.hikari.HikariDataSource;
import io.reliablemq.benchmarks.report.Sample;
import io.reliablemq.test.servers.MariaDbServer;
import io.reliablemq.test.servers.PostgresServer;
import io.reliablemq.test.servers.RedisProcess;
import io.reliablemq.test.servers.RedisServers;
import org.jspecify.annotations.Nullable;

import org.springframework.data.redis.connection.RedisConnection;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * The broker in a JVM of its own, Redis, and the databases: every commit reaches the
 * disk.
 */
final class BenchmarkServers implements AutoCloseable {

    private final BrokerProcess broker;

    private @Nullable HikariDataSource postgres;

    private @Nullable HikariDataSource mariaDb;

    private BenchmarkServers(BrokerProcess broker) {
        this.broker = broker;
    }

    static BenchmarkServers start(String... topics) throws IOException {
        return new BenchmarkServers(BrokerProcess.start(topics));
    }

    String nameServer() {
        return this.broker.nameServer();
    }

    HikariDataSource postgres() {
        if (this.postgres == null) {
            this.postgres = PostgresServer.durable().dataSource();
        }
        return this.postgres;
    }

    HikariDataSource mariaDb() {
        if (this.mariaDb == null) {
            this.mariaDb = MariaDbServer.durable().dataSource();
        }
        return this.mariaDb;
    }

    RedisProcess redis() {
        return RedisServers.shared();
    }

    String redisVersion() {
        LettuceConnectionFactory factory = new LettuceConnectionFactory("127.0.0.1", redis().port());
        factory.start();
        try (RedisConnection connection = factory.getConnection()) {
            return String.valueOf(connection.serverCommands().info("server").getProperty("redis_version"));
        }
        finally {
            factory.destroy();
        }
    }

    Sample consume(MeasuredApplication application, @Nullable HikariDataSource database, String topic, int messages)
            throws Exception {
        return application.consume(nameServer(), redis().port(), database, topic, messages);
    }

    @Override
    public void close() {
        if (this.postgres != null) {
            this.postgres.close();
        }
        if (this.mariaDb != null) {
            this.mariaDb.close();
        }
        this.broker.close();
    }

}
