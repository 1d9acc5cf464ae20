package io.reliablemq.test;

import io.netty.util.internal.PlatformDependent;
import java.nio.ByteBuffer;
import org.apache.rocketmq.common.MQVersion;
import org.apache.rocketmq.remoting.common.TlsMode;
import org.apache.rocketmq.remoting.netty.TlsSystemConfig;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;

/**
 * What RocketMQ and Netty read once per JVM, set before their classes load. A value that
 * is already there stays.
 */
final class RocketMQRuntime {

    private static final int FIRST_JAVA_WITH_UNSAFE_WARNINGS = 24;

    private RocketMQRuntime() {
    }

    static void prepare() {
        setIfAbsent("rmq.logback.configurationFile", "io/reliablemq/test/rocketmq-logging.xml");
        // Clients see new topics after a second instead of twenty.
        setIfAbsent("rocketmq.client.rebalance.waitInterval", "1000");
        setIfAbsent("rocketmq.client.rebalance.minInterval", "100");
        if (Runtime.version().feature() >= FIRST_JAVA_WITH_UNSAFE_WARNINGS) {
            // Netty 4.2 gives up Unsafe there; the store then can't release its buffers.
            setIfAbsent("io.netty.noUnsafe", "false");
        }
        Remoting.prepare();
    }

    /**
     * Without it a store couldn't be closed in an orderly way.
     */
    static void requireReleasableBuffers() {
        try {
            PlatformDependent.freeDirectBuffer(ByteBuffer.allocateDirect(1));
        }
        catch (UnsupportedOperationException ex) {
            throw new EmbeddedBrokerException("Netty can't release buffers in this JVM, which RocketMQ's store needs. "
                    + "Start the JVM with -Dio.netty.noUnsafe=false.", ex);
        }
    }

    private static void setIfAbsent(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }

    /**
     * Apart, so that no RocketMQ class loads before the properties above are set.
     */
    private static final class Remoting {

        static void prepare() {
            // Without it the name server takes the broker for an old one and drops its
            // topics.
            setIfAbsent(RemotingCommand.REMOTING_VERSION_KEY, Integer.toString(MQVersion.CURRENT_VERSION));
            // Else each start makes a self-signed certificate.
            TlsSystemConfig.tlsMode = TlsMode.DISABLED;
        }

    }

}
