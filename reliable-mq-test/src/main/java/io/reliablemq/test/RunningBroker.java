package io.reliablemq.test;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.rocketmq.broker.BrokerController;
import org.apache.rocketmq.common.MixAll;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.common.constant.PermName;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.store.DefaultMessageStore;
import org.apache.rocketmq.store.MessageStore;
import org.apache.rocketmq.store.config.BrokerRole;
import org.apache.rocketmq.store.ha.HAClient;
import org.apache.rocketmq.store.ha.HAConnectionState;

/**
 * One life of a broker, from start to stop.
 */
final class RunningBroker {

    private static final Duration REGISTRATION_LIMIT = Duration.ofSeconds(60);

    private final ServerThreads threads;

    private final BrokerController controller;

    private final NameServer nameServer;

    private RunningBroker(ServerThreads threads, BrokerController controller, NameServer nameServer) {
        this.threads = threads;
        this.controller = controller;
        this.nameServer = nameServer;
    }

    static RunningBroker start(BrokerOptions options, int port, Path directory, NameServer nameServer) {
        BrokerConfiguration configuration = BrokerConfiguration.of(options, port, directory, nameServer.address());
        int advertised = (options.advertisedPort() != null) ? options.advertisedPort() : port;
        ServerThreads threads = new ServerThreads("rocketmq-broker-" + port);
        BrokerController controller = threads.call(() -> new AdvertisedBrokerController(configuration, advertised));
        RunningBroker broker = new RunningBroker(threads, controller, nameServer);
        try {
            threads.run(broker::initializeAndStart);
            broker.register();
            if (broker.isSlave() && options.master() != null && options.master().isRunning()) {
                broker.follow();
            }
            return broker;
        }
        catch (RuntimeException ex) {
            broker.stopAfterFailure(ex);
            throw ex;
        }
    }

    private void initializeAndStart() throws Exception {
        if (!this.controller.initialize()) {
            throw new EmbeddedBrokerException("The broker can't load its store. Delete the store directory, "
                    + "or use one that no other version of RocketMQ has written.");
        }
        this.controller.start();
    }

    /**
     * The broker's own first registration often comes too early, and its next is ten
     * seconds away.
     */
    private void register() {
        Patience.await("the broker's registration with its name server", REGISTRATION_LIMIT, () -> {
            if (this.nameServer.knowsBroker(this.controller.getBrokerAddr())) {
                return true;
            }
            registerNow();
            return this.nameServer.knowsBroker(this.controller.getBrokerAddr());
        });
    }

    /**
     * A slave learns at its registration where its master's log is, and would look at it
     * only five seconds later.
     */
    private void follow() {
        MessageStore store = this.controller.getMessageStore();
        Patience.await("the slave's connection to its master", REGISTRATION_LIMIT, () -> {
            HAClient client = store.getHaService().getHAClient();
            if (client != null && client.getCurrentState() == HAConnectionState.TRANSFER) {
                return true;
            }
            registerNow();
            store.wakeupHAClient();
            return false;
        });
    }

    private void registerNow() {
        this.threads.run(() -> this.controller.registerBrokerAll(true, false, true));
    }

    void createTopic(String name, int queues) {
        this.threads.run(() -> this.controller.getTopicConfigManager()
            .updateTopicConfig(new TopicConfig(name, queues, queues, PermName.PERM_READ | PermName.PERM_WRITE)));
        registerNow();
        this.nameServer.awaitRoute(name, queues);
    }

    void createConsumerGroup(String group) {
        SubscriptionGroupConfig config = new SubscriptionGroupConfig();
        config.setGroupName(group);
        this.threads.run(() -> this.controller.getSubscriptionGroupManager().updateSubscriptionGroupConfig(config));
        createTopic(MixAll.getRetryTopic(group), config.getRetryQueueNums());
    }

    private boolean isSlave() {
        return this.controller.getMessageStoreConfig().getBrokerRole() == BrokerRole.SLAVE;
    }

    BrokerMessages messages() {
        if (isSlave()) {
            // It would ask its master for new topics and offsets once a minute.
            this.threads.run(() -> this.controller.getSlaveSynchronize().syncAll());
        }
        return new BrokerMessages(this.controller);
    }

    void stop() {
        new FastShutdown(this.threads).run(() -> {
            try {
                this.controller.shutdown();
            }
            finally {
                endLeftovers();
            }
        });
    }

    private void stopAfterFailure(RuntimeException failure) {
        try {
            stop();
        }
        catch (RuntimeException ex) {
            failure.addSuppressed(ex);
        }
    }

    private void endLeftovers() {
        ExecutorFields.shutdownAll(this.controller.getRemotingServer());
        ExecutorFields.shutdownAll(this.controller.getFastRemotingServer());
        if (this.controller.getMessageStore() instanceof DefaultMessageStore store) {
            ExecutorFields.shutdownAll(store);
            ExecutorFields.shutdownAll(store.getMessageRocksDBStorage());
        }
    }

    ServerThreads threads() {
        return this.threads;
    }

}
