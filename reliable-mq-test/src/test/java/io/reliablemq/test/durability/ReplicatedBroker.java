package io.reliablemq.test.durability;

import io.reliablemq.test.EmbeddedRocketMQBroker;

/**
 * A master that is to wait for its slave, and the slave.
 */
final class ReplicatedBroker implements AutoCloseable {

    final EmbeddedRocketMQBroker master;

    final EmbeddedRocketMQBroker slave;

    ReplicatedBroker(int inSyncReplicas) {
        this.master = EmbeddedRocketMQBroker.builder()
            .property("brokerRole", "SYNC_MASTER")
            .property("inSyncReplicas", Integer.toString(inSyncReplicas))
            .property("slaveTimeout", "1000")
            .start();
        this.slave = EmbeddedRocketMQBroker.builder().slaveOf(this.master).build();
    }

    @Override
    public void close() {
        this.slave.close();
        this.master.close();
    }

}
