package io.reliablemq.test;

import java.net.InetSocketAddress;
import org.apache.rocketmq.broker.BrokerController;

/**
 * A broker that may tell clients another port than the one it listens on, and that leaves
 * the user's home alone.
 */
final class AdvertisedBrokerController extends BrokerController {

    private final int advertisedPort;

    AdvertisedBrokerController(BrokerConfiguration configuration, int advertisedPort) {
        super(configuration.broker(), configuration.server(), configuration.client(), configuration.store());
        this.advertisedPort = advertisedPort;
    }

    /**
     * RocksDB logs below the user's home, whatever the configuration says.
     */
    @Override
    public boolean initializeMessageStore() {
        return UserHome.during(this.messageStoreConfig.getStorePathRootDir(), super::initializeMessageStore);
    }

    @Override
    public String getBrokerAddr() {
        return BrokerConfiguration.HOST + ":" + this.advertisedPort;
    }

    /**
     * Part of each stored message's offset id, by which clients come back for it.
     */
    @Override
    public InetSocketAddress getStoreHost() {
        return new InetSocketAddress(super.getStoreHost().getAddress(), this.advertisedPort);
    }

}
