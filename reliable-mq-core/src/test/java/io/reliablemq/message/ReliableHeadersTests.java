package io.reliablemq.message;

import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

import org.apache.rocketmq.common.message.MessageConst;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ReliableHeadersTests {

    /** Constants that are values or separators. */
    private static final Set<String> NO_NAMES = Set.of("KEY_SEPARATOR", "INDEX_KEY_TYPE", "INDEX_UNIQUE_TYPE",
            "INDEX_TAG_TYPE", "TIMER_ENGINE_ROCKSDB_TIMELINE", "TIMER_ENGINE_FILE_TIME_WHEEL");

    @Test
    void reservesEveryPropertyThatRocketMQReserves() {
        assertThat(MessageConst.STRING_HASH_SET).isNotEmpty().allMatch(ReliableHeaders::isReserved);
    }

    /** A newer client may know more of them. */
    @Test
    void reservesEveryNameThatRocketMQKnows() {
        List<String> names = Arrays.stream(MessageConst.class.getFields())
            .filter((field) -> field.getType() == String.class && !NO_NAMES.contains(field.getName()))
            .map(ReliableHeadersTests::valueOf)
            .toList();
        assertThat(names).hasSizeGreaterThan(60).allMatch(ReliableHeaders::isReserved);
        assertThat(ReliableHeaders.isReserved(MessageConst.PROPERTY_TRANSIENT_PREFIX + "ANYTHING")).isTrue();
    }

    @Test
    void keepsWhatDescribesTheMessageWhenItIsStored() {
        assertThat(List.of(MessageConst.PROPERTY_TRACE_CONTEXT, MessageConst.PROPERTY_SHARDING_KEY,
                MessageConst.PROPERTY_TRANSACTION_ID))
            .noneMatch(ReliableHeaders::isRocketMQName);
    }

    private static String valueOf(Field field) {
        try {
            return (String) field.get(null);
        }
        catch (IllegalAccessException ex) {
            throw new IllegalStateException(ex);
        }
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
