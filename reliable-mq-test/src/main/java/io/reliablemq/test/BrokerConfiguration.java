package io.reliablemq.test;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.apache.rocketmq.common.BrokerConfig;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.store.ConsumeQueue;
import org.apache.rocketmq.store.config.MessageStoreConfig;

/**
 * The configuration of a broker that starts fast, keeps its files small and in one
 * directory, and serves this machine only.
 *
 * @param broker the broker's own part
 * @param server the part of its ports
 * @param client the part of its connections to the name server
 * @param store the part of its files
 */
record BrokerConfiguration(BrokerConfig broker, NettyServerConfig server, NettyClientConfig client,
        MessageStoreConfig store) {

    static final String HOST = "127.0.0.1";

    static final String NAME = "embedded-broker";

    static final String CLUSTER = "embedded-cluster";

    private static final int MEGABYTE = 1024 * 1024;

    private static final int NEARLY_FULL_PERCENT = 98;

    /** What the builder decides; a property would be overruled silently. */
    private static final Set<String> DECIDED = Set.of("listenPort", "bindAddress", "brokerIP1", "brokerIP2",
            "namesrvAddr", "storePathRootDir", "storePathCommitLog", "messageDelayLevel", "autoCreateTopicEnable");

    static BrokerConfiguration of(BrokerOptions options, int port, Path directory, String nameServer) {
        BrokerConfiguration configuration = new BrokerConfiguration(brokerConfig(directory, nameServer),
                serverConfig(port), clientConfig(), storeConfig(directory));
        configuration.broker.setAutoCreateTopicEnable(options.autoCreateTopics());
        configuration.store.setMessageDelayLevel(options.delayLevels());
        options.properties().forEach(configuration::set);
        return configuration;
    }

    static void check(Map<String, String> properties) {
        BrokerConfiguration sample = new BrokerConfiguration(new BrokerConfig(), new NettyServerConfig(),
                new NettyClientConfig(), new MessageStoreConfig());
        properties.forEach(sample::set);
    }

    private static BrokerConfig brokerConfig(Path directory, String nameServer) {
        BrokerConfig config = new BrokerConfig();
        config.setRocketmqHome(directory.toString());
        config.setBrokerConfigPath(directory.resolve("config").resolve("broker.properties").toString());
        config.setNamesrvAddr(nameServer);
        config.setBrokerIP1(HOST);
        config.setBrokerIP2(HOST);
        config.setBrokerName(NAME);
        config.setBrokerClusterName(CLUSTER);
        config.setEnablePropertyFilter(true);
        // A slow machine isn't an overloaded broker.
        config.setWaitTimeMillsInSendQueue(3000);
        config.setWaitTimeMillsInPullQueue(10_000);
        return config;
    }

    private static NettyServerConfig serverConfig(int port) {
        NettyServerConfig config = new NettyServerConfig();
        config.setBindAddress(HOST);
        config.setListenPort(port);
        return config;
    }

    private static NettyClientConfig clientConfig() {
        NettyClientConfig config = new NettyClientConfig();
        config.setUseTLS(false);
        return config;
    }

    private static MessageStoreConfig storeConfig(Path directory) {
        MessageStoreConfig config = new MessageStoreConfig();
        config.setStorePathRootDir(directory.toString());
        config.setStorePathCommitLog(directory.resolve("commitlog").toString());
        config.setHaListenPort(0);
        config.setMappedFileSizeCommitLog(64 * MEGABYTE);
        config.setMappedFileSizeConsumeQueue(50_000 * ConsumeQueue.CQ_STORE_UNIT_SIZE);
        config.setMaxHashSlotNum(100_000);
        config.setMaxIndexNum(400_000);
        config.setMappedFileSizeTimerLog(4 * MEGABYTE);
        config.setTimerPrecisionMs(100);
        // A developer's disk is often fuller than a server's; nothing is deleted for it.
        config.setDiskMaxUsedSpaceRatio(NEARLY_FULL_PERCENT);
        config.setDiskSpaceWarningLevelRatio(NEARLY_FULL_PERCENT);
        config.setDiskSpaceCleanForciblyRatio(NEARLY_FULL_PERCENT);
        config.setCleanFileForciblyEnable(false);
        return config;
    }

    private void set(String name, String value) {
        if (DECIDED.contains(name)) {
            throw new IllegalArgumentException(
                    "The broker property '" + name + "' is the builder's: use the builder's own method.");
        }
        boolean known = false;
        Properties single = new Properties();
        single.setProperty(name, value);
        for (Object part : List.of(this.broker, this.server, this.client, this.store)) {
            if (hasSetter(part, name)) {
                MixAll.properties2Object(single, part);
                known = true;
            }
        }
        if (!known) {
            throw new IllegalArgumentException("RocketMQ has no broker property '" + name
                    + "'. Write it as in broker.conf, for example 'fileReservedTime'.");
        }
    }

    private static boolean hasSetter(Object part, String name) {
        String setter = "set" + name.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + name.substring(1);
        for (var method : part.getClass().getMethods()) {
            if (method.getName().equals(setter) && method.getParameterCount() == 1) {
                return true;
            }
        }
        return false;
    }

}
