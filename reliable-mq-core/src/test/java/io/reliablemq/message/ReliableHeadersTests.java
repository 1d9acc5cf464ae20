package io.reliablemq.message;

import org.apache.rocketmq.common.message.MessageConst;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ReliableHeadersTests {

    @Test
    void reservesEveryPropertyThatRocketMQReserves() {
        assertThat(MessageConst.STRING_HASH_SET).isNotEmpty().allMatch(ReliableHeaders::isReserved);
    }

    @Test
    void reservesItsOwnNames() {
        assertThat(ReliableHeaders.isReserved(ReliableHeaders.ID)).isTrue();
        assertThat(ReliableHeaders.isReserved(ReliableHeaders.TARGET_GROUP)).isTrue();
        assertThat(ReliableHeaders.isReserved("RELIABLE_ANYTHING")).isTrue();
    }

    @Test
    void leavesOtherNamesToTheApplication() {
        assertThat(ReliableHeaders.isReserved("contentType")).isFalse();
        assertThat(ReliableHeaders.isReserved("tenant")).isFalse();
        assertThat(ReliableHeaders.isReserved("keys")).isFalse();
    }

}
