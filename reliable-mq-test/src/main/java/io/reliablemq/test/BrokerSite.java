package io.reliablemq.test;

import java.nio.file.Path;

/**
 * What outlives a restart of the broker: its ports, its store directory and its name
 * server, which a slave shares with its master.
 */
final class BrokerSite implements AutoCloseable {

    private final BrokerPorts ports;

    private final StoreDirectory store;

    private final NameServer nameServer;

    private final boolean owner;

    private final ExitCleanup cleanup;

    private BrokerSite(BrokerPorts ports, StoreDirectory store, NameServer nameServer, boolean owner) {
        this.ports = ports;
        this.store = store;
        this.nameServer = nameServer;
        this.owner = owner;
        this.cleanup = ExitCleanup.register(store);
    }

    static BrokerSite open(BrokerOptions options) {
        StoreDirectory store = StoreDirectory.open(options.storeDirectory());
        BrokerPorts ports = null;
        try {
            ports = (options.port() != null) ? BrokerPorts.fixed(options.port()) : BrokerPorts.free();
            EmbeddedRocketMQBroker master = options.master();
            return (master != null) ? new BrokerSite(ports, store, master.nameServer(), false)
                    : new BrokerSite(ports, store, NameServer.start(ports.nameServer(), store.path()), true);
        }
        catch (RuntimeException ex) {
            if (ports != null) {
                ports.close();
            }
            store.close();
            throw ex;
        }
    }

    int port() {
        return this.ports.broker();
    }

    Path directory() {
        return this.store.path();
    }

    NameServer nameServer() {
        return this.nameServer;
    }

    @Override
    public void close() {
        try {
            if (this.owner) {
                this.nameServer.stop();
            }
        }
        finally {
            this.ports.close();
            this.store.close();
            this.cleanup.cancel();
        }
    }

}
