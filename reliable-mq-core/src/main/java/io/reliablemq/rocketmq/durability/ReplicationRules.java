package io.reliablemq.rocketmq.durability;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * How many copies there are when a master acknowledges a message.
 */
final class ReplicationRules {

    private static final String ROLE = "brokerRole";

    private static final String REPLICAS = "inSyncReplicas";

    private static final String LEAST = "minInSyncReplicas";

    private ReplicationRules() {
    }

    static List<DurabilityFinding> check(BrokerReading broker, @Nullable Integer expected) {
        List<DurabilityFinding> findings = new ArrayList<>();
        if (!broker.isMaster()) {
            return findings;
        }
        long copies = copies(broker);
        if (expected != null && copies < expected) {
            findings.add(tooFew(broker, copies, expected));
        }
        else if (expected == null && copies == 1 && isSync(broker)) {
            findings.add(asynchronous(broker, 2));
        }
        if (isWaiting(broker) && broker.registered() < broker.number(REPLICAS, 2) && !isRaft(broker)) {
            findings.add(slavesMissing(broker, broker.number(REPLICAS, 2)));
        }
        return findings;
    }

    /** Whether sends wait for slaves, up to slaveTimeout. */
    static boolean isWaiting(BrokerReading broker) {
        return broker.isMaster() && !isRaft(broker) && isSync(broker) && !broker.flag("duplicationEnable")
                && broker.number(REPLICAS, 2) > 1;
    }

    /** The least number, however many replicas happen to follow. */
    static long copies(BrokerReading broker) {
        if (isRaft(broker)) {
            return broker.text("dLegerPeers", "").split(";").length / 2 + 1L;
        }
        if (!isSync(broker) || broker.flag("duplicationEnable")) {
            return 1;
        }
        // Brokers older than the property always wait for one slave.
        long replicas = broker.number(REPLICAS, 2);
        return isFlexible(broker) ? Math.min(replicas, broker.number(LEAST, 1)) : replicas;
    }

    private static boolean isFlexible(BrokerReading broker) {
        return (broker.flag("enableControllerMode") && broker.flag("allAckInSyncStateSet"))
                || (broker.flag("enableSlaveActingMaster") && broker.flag("enableAutoInSyncReplicas"));
    }

    private static boolean isSync(BrokerReading broker) {
        return "SYNC_MASTER".equals(broker.text(ROLE, ""));
    }

    private static boolean isRaft(BrokerReading broker) {
        return broker.flag("enableDLegerCommitLog");
    }

    private static DurabilityFinding tooFew(BrokerReading broker, long copies, int expected) {
        String expectation = "; reliable-mq.durability.in-sync-replicas expects " + expected + ". ";
        if (isRaft(broker)) {
            return broker.finding("dLegerPeers", copies, expected, "acknowledges with the majority of its peers, "
                    + copies + " copies" + expectation + "Add peers to dLegerPeers.");
        }
        if (!isSync(broker)) {
            return broker.finding(ROLE, broker.text(ROLE, "ASYNC_MASTER"), "SYNC_MASTER",
                    "acknowledges without waiting for a slave, so the loss of its machine loses messages" + expectation
                            + "Set brokerRole=SYNC_MASTER and inSyncReplicas=" + expected + " in its configuration.");
        }
        if (broker.flag("duplicationEnable")) {
            return broker.finding("duplicationEnable", true, false,
                    "never waits for a slave while duplicationEnable=true" + expectation
                            + "Set duplicationEnable=false.");
        }
        if (broker.number(REPLICAS, 2) >= expected) {
            return broker.finding(LEAST, broker.text(LEAST, "1"), expected,
                    "waits for the replicas that happen to be there, down to minInSyncReplicas="
                            + broker.text(LEAST, "1") + expectation + "Set minInSyncReplicas=" + expected + ".");
        }
        return (copies == 1) ? asynchronous(broker, expected)
                : broker.finding(REPLICAS, copies, expected, "acknowledges when there are " + copies + " copies"
                        + expectation + "Set inSyncReplicas=" + expected + " in its configuration.");
    }

    private static DurabilityFinding asynchronous(BrokerReading broker, int wanted) {
        if (broker.flag("duplicationEnable") || broker.number(REPLICAS, 2) > 1) {
            String property = broker.flag("duplicationEnable") ? "duplicationEnable" : LEAST;
            return broker.finding(property, broker.text(property, ""), LEAST.equals(property) ? wanted : "false",
                    "is SYNC_MASTER, but " + property + "=" + broker.text(property, "1")
                            + " lets it acknowledge without a slave: that is asynchronous replication. Change it, or"
                            + " set reliable-mq.durability.in-sync-replicas=1 if one copy is enough.");
        }
        return broker.finding(REPLICAS, 1, wanted,
                "is SYNC_MASTER with inSyncReplicas=1: the one replica is the master itself, so it acknowledges without"
                        + " waiting for a slave. That is asynchronous replication. Set inSyncReplicas=" + wanted
                        + " in its configuration, or reliable-mq.durability.in-sync-replicas=1 if one copy is enough.");
    }

    private static DurabilityFinding slavesMissing(BrokerReading broker, long needed) {
        return broker.finding("slaves", broker.registered() - 1, needed - 1,
                "waits for " + (needed - 1) + " slave" + ((needed == 2) ? "" : "s") + " (inSyncReplicas=" + needed
                        + "), but the name server knows " + (broker.registered() - 1)
                        + ": sends end with FLUSH_SLAVE_TIMEOUT after "
                        + broker.number("slaveTimeout", DurabilityRules.SLAVE_TIMEOUT)
                        + " ms, or are refused. Start the missing slaves.");
    }

}
