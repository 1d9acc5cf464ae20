package io.reliablemq.test.context;

import io.reliablemq.test.EmbeddedRocketMQBroker;
import java.util.HashMap;
import java.util.Map;

/**
 * A broker for all test contexts that ask for the same one, closed with the last of them.
 */
final class SharedBroker {

    private static final Map<BrokerSpec, SharedBroker> OPEN = new HashMap<>();

    private final BrokerSpec spec;

    private final EmbeddedRocketMQBroker broker;

    private int users;

    private SharedBroker(BrokerSpec spec) {
        this.spec = spec;
        this.broker = spec.start();
    }

    static SharedBroker acquire(BrokerSpec spec) {
        synchronized (OPEN) {
            SharedBroker shared = OPEN.computeIfAbsent(spec, SharedBroker::new);
            shared.users++;
            return shared;
        }
    }

    EmbeddedRocketMQBroker broker() {
        return this.broker;
    }

    void release() {
        synchronized (OPEN) {
            this.users--;
            if (this.users == 0) {
                OPEN.remove(this.spec);
                this.broker.close();
            }
        }
    }

}
