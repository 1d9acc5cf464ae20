package io.reliablemq.test;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.rocketmq.common.namesrv.NamesrvConfig;
import org.apache.rocketmq.namesrv.NamesrvController;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.remoting.protocol.route.TopicRouteData;

/**
 * A name server on 127.0.0.1.
 */
final class NameServer {

    private static final Duration ROUTE_LIMIT = Duration.ofSeconds(30);

    private final int port;

    private final ServerThreads threads;

    private final NamesrvController controller;

    private NameServer(int port, ServerThreads threads, NamesrvController controller) {
        this.port = port;
        this.threads = threads;
        this.controller = controller;
    }

    static NameServer start(int port, Path store) {
        ServerThreads threads = new ServerThreads("rocketmq-name-server-" + port);
        NamesrvController controller = threads.call(() -> {
            NamesrvController created = new NamesrvController(config(store), serverConfig(port), clientConfig());
            created.initialize();
            return created;
        });
        NameServer server = new NameServer(port, threads, controller);
        try {
            threads.run(controller::start);
            return server;
        }
        catch (RuntimeException ex) {
            server.stop();
            throw ex;
        }
    }

    private static NamesrvConfig config(Path store) {
        NamesrvConfig config = new NamesrvConfig();
        config.setRocketmqHome(store.toString());
        config.setKvConfigPath(store.resolve("namesrv").resolve("kvConfig.json").toString());
        config.setConfigStorePath(store.resolve("namesrv").resolve("namesrv.properties").toString());
        return config;
    }

    private static NettyServerConfig serverConfig(int port) {
        NettyServerConfig config = new NettyServerConfig();
        config.setBindAddress("127.0.0.1");
        config.setListenPort(port);
        return config;
    }

    private static NettyClientConfig clientConfig() {
        NettyClientConfig config = new NettyClientConfig();
        config.setUseTLS(false);
        return config;
    }

    String address() {
        return "127.0.0.1:" + this.port;
    }

    boolean knowsBroker(String brokerAddress) {
        return this.controller.getRouteInfoManager()
            .getAllClusterInfo()
            .getBrokerAddrTable()
            .values()
            .stream()
            .anyMatch((broker) -> broker.getBrokerAddrs().containsValue(brokerAddress));
    }

    void awaitRoute(String topic, int queues) {
        Patience.await("the route of topic " + topic + " with " + queues + " queues", ROUTE_LIMIT,
                () -> hasRoute(topic, queues));
    }

    private boolean hasRoute(String topic, int queues) {
        TopicRouteData route = this.controller.getRouteInfoManager().pickupTopicRouteData(topic);
        return route != null && route.getQueueDatas()
            .stream()
            .anyMatch((data) -> data.getReadQueueNums() == queues && data.getWriteQueueNums() == queues);
    }

    void stop() {
        new FastShutdown(this.threads).run(() -> {
            this.controller.shutdown();
            ExecutorFields.shutdownAll(this.controller.getRemotingServer());
            ExecutorFields.shutdownAll(this.controller.getRemotingClient());
        });
    }

}
