package io.reliablemq.rocketmq.durability;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

import io.reliablemq.rocketmq.GroupTerms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link DurabilityRules} and {@link ReplicationRules}.
 */
class DurabilityRulesTests {

    private static final DurabilityExpectations DEFAULTS = DurabilityExpectations.defaults();

    private final Properties config = new Properties();

    private final Map<String, Integer> retryQueues = new TreeMap<>();

    private GroupTerms group = new GroupTerms("points", true, Duration.ofDays(7), Duration.ofHours(5));

    private int registered = 2;

    private boolean tracesAreLost;

    @Test
    void findsNothingWrongWithABrokerAsItComes() {
        assertThat(check(DEFAULTS)).isEmpty();
    }

    @Test
    void saysThatOneInSyncReplicaIsAsynchronous() {
        this.config.setProperty("brokerRole", "SYNC_MASTER");
        this.config.setProperty("inSyncReplicas", "1");

        DurabilityFinding finding = only(DEFAULTS);

        assertThat(finding.broker()).isEqualTo("broker-a:0");
        assertThat(finding.property()).isEqualTo("inSyncReplicas");
        assertThat(finding.actual()).isEqualTo("1");
        assertThat(finding.wanted()).isEqualTo("2");
        assertThat(finding.sentence()).startsWith("Broker broker-a (master, 10.0.0.1:10911) is SYNC_MASTER with")
            .contains("asynchronous replication")
            .contains("Set inSyncReplicas=2");
    }

    @Test
    void acceptsOneCopyWhereThatIsEnough() {
        this.config.setProperty("brokerRole", "SYNC_MASTER");
        this.config.setProperty("inSyncReplicas", "1");

        assertThat(check(DEFAULTS.withInSyncReplicas(1))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            ASYNC_MASTER | 2 | -                        | brokerRole        | SYNC_MASTER
            SYNC_MASTER  | 1 | -                        | inSyncReplicas    | 2
            SYNC_MASTER  | 2 | duplicationEnable        | duplicationEnable | false
            SYNC_MASTER  | 2 | enableAutoInSyncReplicas | minInSyncReplicas | 2
            SYNC_MASTER  | 2 | allAckInSyncStateSet     | minInSyncReplicas | 2
            """)
    void findsTooFewCopies(String role, String replicas, String flag, String property, String wanted) {
        this.config.setProperty("brokerRole", role);
        this.config.setProperty("inSyncReplicas", replicas);
        this.config.setProperty("enableSlaveActingMaster", "true");
        this.config.setProperty("enableControllerMode", "true");
        if (flag != null) {
            this.config.setProperty(flag, "true");
        }

        DurabilityFinding finding = only(DEFAULTS.withInSyncReplicas(2));

        assertThat(finding.property()).isEqualTo(property);
        assertThat(finding.wanted()).isEqualTo(wanted);
        assertThat(finding.sentence()).contains(property + "=" + wanted);
    }

    @Test
    void countsTheMajorityOfARaftGroup() {
        this.config.setProperty("enableDLegerCommitLog", "true");
        this.config.setProperty("dLegerPeers", "n0-h0:1;n1-h1:1;n2-h2:1");

        assertThat(check(DEFAULTS.withInSyncReplicas(2))).isEmpty();
        assertThat(only(DEFAULTS.withInSyncReplicas(3)).property()).isEqualTo("dLegerPeers");
    }

    @Test
    void acceptsASyncMasterThatWaits() {
        this.config.setProperty("brokerRole", "SYNC_MASTER");
        this.config.setProperty("inSyncReplicas", "2");

        assertThat(check(DEFAULTS.withInSyncReplicas(2))).isEmpty();
        assertThat(only(DEFAULTS.withInSyncReplicas(3)).wanted()).isEqualTo("3");
    }

    @Test
    void missesTheSlavesThatAMasterWaitsFor() {
        this.config.setProperty("brokerRole", "SYNC_MASTER");
        this.config.setProperty("inSyncReplicas", "3");
        this.registered = 2;

        DurabilityFinding finding = only(DEFAULTS);

        assertThat(finding.property()).isEqualTo("slaves");
        assertThat(finding.actual()).isEqualTo("1");
        assertThat(finding.wanted()).isEqualTo("2");
        assertThat(finding.sentence()).contains("FLUSH_SLAVE_TIMEOUT after 3000 ms");
    }

    @Test
    void leavesPromisesToTheMaster() {
        this.config.setProperty("brokerRole", "SLAVE");

        assertThat(check(DEFAULTS.withInSyncReplicas(2).withFlush(FlushMode.SYNC))).isEmpty();
    }

    @Test
    void expectsTheDiskWhereAsked() {
        assertThat(check(DEFAULTS.withFlush(FlushMode.ASYNC))).isEmpty();
        assertThat(only(DEFAULTS.withFlush(FlushMode.SYNC))).satisfies((finding) -> {
            assertThat(finding.property()).isEqualTo("flushDiskType");
            assertThat(finding.sentence()).contains("Set flushDiskType=SYNC_FLUSH");
        });
        this.config.setProperty("flushDiskType", "SYNC_FLUSH");
        assertThat(check(DEFAULTS.withFlush(FlushMode.SYNC))).isEmpty();
        assertThat(check(DEFAULTS.withFlush(FlushMode.ASYNC))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({ "5000, syncFlushTimeout", "3000, syncFlushTimeout" })
    void wantsAClientThatWaitsLongerThanTheDisk(long timeout, String property) {
        this.config.setProperty("flushDiskType", "SYNC_FLUSH");

        DurabilityFinding finding = only(DEFAULTS.withAttemptTimeout(Duration.ofMillis(timeout)));

        assertThat(finding.property()).isEqualTo("reliable-mq.producer.attempt-timeout");
        assertThat(finding.wanted()).isEqualTo("more than 5000ms");
        assertThat(finding.sentence()).contains(property).contains("after " + timeout + " ms");
    }

    @Test
    void wantsAClientThatWaitsLongerThanForSlaves() {
        this.config.setProperty("brokerRole", "SYNC_MASTER");
        this.config.setProperty("inSyncReplicas", "2");
        this.config.setProperty("slaveTimeout", "8000");

        assertThat(only(DEFAULTS).wanted()).isEqualTo("more than 8000ms");
        assertThat(check(DEFAULTS.withAttemptTimeout(Duration.ofSeconds(9)))).isEmpty();
    }

    @Test
    void doesNotMindAShortTimeoutWhereNothingIsWaitedFor() {
        assertThat(check(DEFAULTS.withAttemptTimeout(Duration.ofSeconds(1)))).isEmpty();
    }

    @Test
    void comparesWhatTheBrokerKeepsWithWhatIsRemembered() {
        this.config.setProperty("fileReservedTime", "240");

        DurabilityFinding finding = only(DEFAULTS);

        assertThat(finding.property()).isEqualTo("fileReservedTime");
        assertThat(finding.actual()).isEqualTo("240");
        assertThat(finding.wanted()).isEqualTo("at most 91");
        assertThat(finding.sentence()).contains("reliable-mq.idempotency.retention to at least 317h");
        this.group = new GroupTerms("points", false, Duration.ofDays(7), Duration.ofHours(5));
        assertThat(check(DEFAULTS)).isEmpty();
        this.group = new GroupTerms("points", true, Duration.ofHours(317), Duration.ofHours(5));
        assertThat(check(DEFAULTS)).isEmpty();
    }

    @Test
    void warnsWhenMessagesAreDeletedBeforeTheirLastRetry() {
        this.config.setProperty("fileReservedTime", "4");
        this.group = new GroupTerms("points", true, Duration.ofDays(7), Duration.ofMinutes(286));

        DurabilityFinding finding = only(DEFAULTS);

        assertThat(finding.wanted()).isEqualTo("5");
        assertThat(finding.sentence()).contains("retries for 4 h 46 min");
    }

    @Test
    void findsAGroupWhoseFailedMessagesAreGone() {
        this.retryQueues.put("points", 0);
        this.retryQueues.put("mails", 1);

        DurabilityFinding finding = only(DEFAULTS);

        assertThat(finding.property()).isEqualTo("retryQueueNums");
        assertThat(finding.sentence()).contains("'points'").contains("acknowledged and gone");
    }

    @Test
    void findsATraceThatNobodyKeeps() {
        this.tracesAreLost = true;
        assertThat(only(DEFAULTS).property()).isEqualTo("traceTopicEnable");
        this.config.setProperty("traceTopicEnable", "true");
        assertThat(check(DEFAULTS)).isEmpty();
    }

    @Test
    void refusesNoCopies() {
        assertThatExceptionOfType(io.reliablemq.InvalidConfigurationException.class)
            .isThrownBy(() -> DEFAULTS.withInSyncReplicas(0))
            .withMessageContaining("reliable-mq.durability.in-sync-replicas is 0");
    }

    private DurabilityFinding only(DurabilityExpectations expectations) {
        List<DurabilityFinding> findings = check(expectations);
        assertThat(findings).hasSize(1);
        return findings.get(0);
    }

    private List<DurabilityFinding> check(DurabilityExpectations expectations) {
        BrokerReading reading = new BrokerReading("broker-a", 0, "10.0.0.1:10911", this.registered, this.config,
                this.retryQueues);
        return new DurabilityRules(expectations, List.of(this.group), true).check(reading, this.tracesAreLost);
    }

}
