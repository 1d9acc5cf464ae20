package io.reliablemq.test;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.rocketmq.common.message.MessageExt;
import org.jspecify.annotations.Nullable;

/**
 * A real RocketMQ broker with its name server in this JVM, listening on 127.0.0.1 only.
 *
 * <pre>{@code
 * try (EmbeddedRocketMQBroker broker = EmbeddedRocketMQBroker.startDefault()) {
 *     broker.createTopic("orders", 4);
 *     producer.setNamesrvAddr(broker.nameServerAddress());
 * }
 * }</pre>
 *
 * It starts within about three seconds in a cold JVM and within half a second after that.
 * Delay levels, timer messages, transactions and SQL92 filters work. Several brokers can
 * run in one JVM. Close it: its threads keep the JVM alive. All methods may be called
 * from any thread; those that need a running broker throw {@link IllegalStateException}
 * without one.
 */
public final class EmbeddedRocketMQBroker implements AutoCloseable {

    /** The delay table of RocketMQ itself, level 1 first. */
    public static final String DEFAULT_DELAY_LEVELS = "1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h";

    static {
        RocketMQRuntime.prepare();
    }

    private final BrokerOptions options;

    private final Object monitor = new Object();

    private @Nullable BrokerSite site;

    private @Nullable RunningBroker broker;

    private EmbeddedRocketMQBroker(BrokerOptions options) {
        this.options = options;
    }

    /**
     * Starts to describe a broker.
     * @return a builder with a free port, a temporary store and RocketMQ's own delay
     * levels
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts a broker with all defaults.
     * @return the running broker
     * @throws EmbeddedBrokerException if it can't start
     */
    public static EmbeddedRocketMQBroker startDefault() {
        return builder().start();
    }

    /**
     * Starts the broker, and its name server if that isn't running, and returns when
     * clients can send. Does nothing if the broker is running. After {@link #stop()} port
     * and store are those from before; after {@link #close()} they are new unless the
     * builder named them.
     * @return this
     * @throws EmbeddedBrokerException if a port is taken, the store is locked by another
     * broker or can't be loaded; nothing is left running then that was not running before
     */
    public EmbeddedRocketMQBroker start() {
        synchronized (this.monitor) {
            if (this.broker != null) {
                return this;
            }
            RocketMQRuntime.requireReleasableBuffers();
            boolean opened = this.site == null;
            BrokerSite current = (this.site != null) ? this.site : BrokerSite.open(this.options);
            try {
                this.broker = RunningBroker.start(this.options, current.port(), current.directory(),
                        current.nameServer());
                this.site = current;
                return this;
            }
            finally {
                if (opened && this.broker == null) {
                    current.close();
                }
            }
        }
    }

    /**
     * Stops the broker in an orderly way and keeps its name server, port and store, as if
     * a server were down for a while. Takes one to four seconds. Does nothing if the
     * broker isn't running.
     */
    public void stop() {
        synchronized (this.monitor) {
            RunningBroker running = this.broker;
            if (running != null) {
                this.broker = null;
                running.stop();
            }
        }
    }

    /**
     * Stops the broker and starts it again on the same port and store. Clients reconnect
     * by themselves within about a second.
     */
    public void restart() {
        synchronized (this.monitor) {
            running();
            stop();
            start();
        }
    }

    /**
     * Stops the broker and its name server, releases the ports and deletes a temporary
     * store. Does nothing the second time.
     */
    @Override
    public void close() {
        synchronized (this.monitor) {
            try {
                stop();
            }
            finally {
                BrokerSite current = this.site;
                if (current != null) {
                    this.site = null;
                    current.close();
                }
            }
        }
    }

    /**
     * Whether clients can send.
     * @return true between {@link #start()} and {@link #stop()} or {@link #close()}
     */
    public boolean isRunning() {
        synchronized (this.monitor) {
            return this.broker != null;
        }
    }

    /**
     * Creates a topic, or changes its number of queues. Its route is known to the name
     * server when this returns.
     * @param name the topic's name
     * @param queues number of queues, for reading and for writing, at least 1
     */
    public void createTopic(String name, int queues) {
        if (queues < 1) {
            throw new IllegalArgumentException("A topic needs at least one queue, not " + queues + ".");
        }
        synchronized (this.monitor) {
            running().createTopic(name, queues);
        }
    }

    /**
     * Creates a consumer group and its retry topic. Without it the broker does so at the
     * group's first heartbeat, and a client that started before asks for the new topic
     * only every 30 seconds: the group's first redelivery waits that long.
     * @param group the consumer group
     */
    public void createConsumerGroup(String group) {
        synchronized (this.monitor) {
            running().createConsumerGroup(group);
        }
    }

    /**
     * The topics of users and consumer groups, sorted, without RocketMQ's own.
     * @return topics, among them {@code %RETRY%group} and {@code %DLQ%group}
     */
    public Set<String> topics() {
        synchronized (this.monitor) {
            return running().messages().topics();
        }
    }

    /**
     * How many messages a topic holds, consumed or not: the sum of maximum minus minimum
     * offset of its queues. Counts every message that was acknowledged before the call.
     * @param topic a topic, {@code %RETRY%group} and {@code %DLQ%group} too
     * @return number of messages, 0 for an unknown topic
     */
    public long messageCount(String topic) {
        synchronized (this.monitor) {
            return running().messages().count(topic);
        }
    }

    /**
     * Reads a topic, consumed messages too, without touching any group's offsets. Sees
     * every message that was acknowledged before the call.
     * @param topic a topic, {@code %RETRY%group} and {@code %DLQ%group} too
     * @return the messages, queue by queue in the order of their offsets
     */
    public List<MessageExt> messages(String topic) {
        synchronized (this.monitor) {
            return running().messages().read(topic);
        }
    }

    /**
     * The offsets that a group has committed: the next it would read after a restart.
     * Clients commit every five seconds and when they shut down.
     * @param group the consumer group
     * @param topic the topic
     * @return offset by queue id; queues without a committed offset are absent
     */
    public Map<Integer, Long> committedOffsets(String group, String topic) {
        synchronized (this.monitor) {
            return running().messages().committedOffsets(group, topic);
        }
    }

    /**
     * Commits an offset for a group, as one of its consumers would.
     * @param group the consumer group
     * @param topic the topic
     * @param queue the queue's id
     * @param offset the next offset that the group is to read
     */
    public void commitOffset(String group, String topic, int queue, long offset) {
        synchronized (this.monitor) {
            running().messages().commitOffset(group, topic, queue, offset);
        }
    }

    /**
     * The address for {@code rocketmq.name-server} and {@code setNamesrvAddr}; valid
     * while the broker is stopped too.
     * @return host and port
     */
    public String nameServerAddress() {
        synchronized (this.monitor) {
            return site().nameServer().address();
        }
    }

    NameServer nameServer() {
        synchronized (this.monitor) {
            return site().nameServer();
        }
    }

    /**
     * The address that the broker listens on; valid while the broker is stopped too.
     * @return host and port, not the advertised port
     */
    public String brokerAddress() {
        synchronized (this.monitor) {
            return BrokerConfiguration.HOST + ":" + site().port();
        }
    }

    /**
     * The broker's delay table.
     * @return delays, level 1 first, separated by blanks
     */
    public String delayLevels() {
        return this.options.delayLevels();
    }

    private RunningBroker running() {
        return notNull(this.broker, "The embedded broker isn't running: call start() first.");
    }

    private BrokerSite site() {
        return notNull(this.site, "The embedded broker was never started: call start() first.");
    }

    private static <T> T notNull(@Nullable T value, String otherwise) {
        if (value == null) {
            throw new IllegalStateException(otherwise);
        }
        return value;
    }

    /**
     * Describes a broker. The values are checked when they are set.
     */
    public static final class Builder {

        private static final Pattern DELAY_LEVELS = Pattern.compile("[1-9]\\d*[smhd]( [1-9]\\d*[smhd])*");

        private @Nullable Integer port;

        private @Nullable Integer advertisedPort;

        private @Nullable Path storeDirectory;

        private String delayLevels = DEFAULT_DELAY_LEVELS;

        private boolean autoCreateTopics = true;

        private @Nullable EmbeddedRocketMQBroker master;

        private final Map<String, String> properties = new HashMap<>();

        private Builder() {
        }

        /**
         * Fixes the broker's port p; the name server gets p - 1, the VIP channel p - 2.
         * @param port a port from 3 to 65535; below 32768 no outgoing connection takes it
         * @return this
         */
        public Builder port(int port) {
            this.port = checkPort(port);
            return this;
        }

        /**
         * Tells clients another port on 127.0.0.1 than the broker's own, for a TCP proxy
         * in front of it.
         * @param advertisedPort the proxy's port
         * @return this
         */
        public Builder advertisedPort(int advertisedPort) {
            this.advertisedPort = checkPort(advertisedPort);
            return this;
        }

        /**
         * Keeps the store in a directory of its own, which outlives the broker. Without
         * it the store is temporary.
         * @param storeDirectory the directory, created if absent; no comma in its path
         * @return this
         */
        public Builder storeDirectory(Path storeDirectory) {
            if (storeDirectory.toAbsolutePath().toString().contains(",")) {
                throw new IllegalArgumentException(
                        "The store directory " + storeDirectory + " has a comma in its path: choose one without.");
            }
            this.storeDirectory = storeDirectory;
            return this;
        }

        /**
         * Sets the delay table. A first redelivery waits for level 3, the next for level
         * 4 and so on; the last level serves all above it.
         * @param delayLevels whole numbers with s, m, h or d, separated by one blank
         * each, such as {@code "1s 1s 1s 2s"}
         * @return this
         */
        public Builder delayLevels(String delayLevels) {
            if (!DELAY_LEVELS.matcher(delayLevels).matches()) {
                throw new IllegalArgumentException("The delay levels '" + delayLevels
                        + "' can't be read: write whole numbers with s, m, h or d, such as \"1s 5s 1m\".");
            }
            this.delayLevels = delayLevels;
            return this;
        }

        /**
         * Sets whether the first message to an unknown topic creates it.
         * @param autoCreateTopics true, the default, to create topics
         * @return this
         */
        public Builder autoCreateTopics(boolean autoCreateTopics) {
            this.autoCreateTopics = autoCreateTopics;
            return this;
        }

        /**
         * Sets any property of the broker, its store or its network, named as in
         * RocketMQ's {@code broker.conf}.
         * @param name the property's name
         * @param value its value
         * @return this
         * @throws IllegalArgumentException if RocketMQ has no such property, or another
         * method of this builder sets it
         */
        public Builder property(String name, String value) {
            BrokerConfiguration.check(Map.of(name, value));
            this.properties.put(name, value);
            return this;
        }

        /**
         * Makes the broker a slave: it shares the master's name server, takes over its
         * messages and lets it reckon with one replica more. It starts after its master
         * and returns when it follows it; closing it leaves the master alone. Topics are
         * made on the master.
         * @param master a started broker; with
         * {@code property("brokerRole", "SYNC_MASTER")} and
         * {@code property("inSyncReplicas", "2")} it waits for its slave
         * @return this
         */
        public Builder slaveOf(EmbeddedRocketMQBroker master) {
            this.master = master;
            this.properties.putIfAbsent("brokerId", "1");
            this.properties.put("brokerRole", "SLAVE");
            Map<String, String> masters = master.options.properties();
            this.properties.put("brokerName", masters.getOrDefault("brokerName", BrokerConfiguration.NAME));
            this.properties.put("brokerClusterName",
                    masters.getOrDefault("brokerClusterName", BrokerConfiguration.CLUSTER));
            this.properties.putIfAbsent("timerWheelEnable", "false");
            this.properties.putIfAbsent("haSendHeartbeatInterval", "200");
            return this;
        }

        /**
         * Makes the broker another master of a cluster: it shares the other one's name
         * server, and has topics and messages of its own. It starts after the other one
         * and is closed before it.
         * @param other a started broker
         * @param name the name of this one, different from the other's
         * @return this
         */
        public Builder nextTo(EmbeddedRocketMQBroker other, String name) {
            this.master = other;
            this.properties.put("brokerName", name);
            return this;
        }

        /**
         * Builds the broker without starting it.
         * @return the broker
         */
        public EmbeddedRocketMQBroker build() {
            return new EmbeddedRocketMQBroker(new BrokerOptions(this.port, this.advertisedPort, this.storeDirectory,
                    this.delayLevels, this.autoCreateTopics, this.properties, this.master));
        }

        /**
         * Builds the broker and starts it.
         * @return the running broker
         * @throws EmbeddedBrokerException if it can't start
         */
        public EmbeddedRocketMQBroker start() {
            return build().start();
        }

        private static int checkPort(int port) {
            if (port < 3 || port > 65_535) {
                throw new IllegalArgumentException("A port is a number from 3 to 65535, not " + port + ".");
            }
            return port;
        }

    }

}
