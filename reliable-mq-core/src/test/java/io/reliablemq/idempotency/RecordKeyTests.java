package io.reliablemq.idempotency;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RecordKeyTests {

    @Test
    void writesAMessageIdAsSixteenHexDigitsThatSortLikeTheNumber() {
        assertThat(RecordKey.ofMessageId("g", 255).identity()).isEqualTo("00000000000000ff");
        assertThat(RecordKey.ofMessageId("g", 255).messageId()).isEqualTo(255);
        assertThat(RecordKey.ofMessageId("g", 9).identity()).isLessThan(RecordKey.ofMessageId("g", 10).identity());
        assertThat(RecordKey.ofMessageId("g", Long.MAX_VALUE).identity()).isEqualTo("7fffffffffffffff");
    }

    @Test
    void keepsTheThreeFormsApart() {
        assertThat(RecordKey.ofBusinessKey("g", "u:1", 5L)).isEqualTo(new RecordKey("g", "k:u:1", 5L));
        assertThat(RecordKey.ofUniqKey("g", "1")).isEqualTo(new RecordKey("g", "u:1", null));
    }

    @Test
    void countsBytesOfUtf8() {
        assertThat(RecordKey.ofBusinessKey("g", "é".repeat(126) + "x", null).identity()).hasSize(129);
        assertThatExceptionOfType(InvalidRecordKeyException.class)
            .isThrownBy(() -> RecordKey.ofBusinessKey("g", "é".repeat(127), null))
            .withMessageContaining("256 bytes");
    }

    @Test
    void refusesALongGroup() {
        assertThat(new RecordKey("g".repeat(255), "x", null).group()).hasSize(255);
        assertThatExceptionOfType(InvalidRecordKeyException.class)
            .isThrownBy(() -> RecordKey.ofMessageId("g".repeat(256), 1))
            .withMessageContaining("consumer group");
    }

    @ParameterizedTest
    @NullAndEmptySource
    void refusesAMissingBusinessKey(String key) {
        assertThatExceptionOfType(InvalidRecordKeyException.class)
            .isThrownBy(() -> RecordKey.ofBusinessKey("g", key, 1L))
            .withMessageContaining("null or empty");
    }

    @ParameterizedTest
    @ValueSource(strings = { "a\0b", "half a pair \ud83d" })
    void refusesWhatADatabaseCannotStore(String key) {
        assertThatExceptionOfType(InvalidRecordKeyException.class)
            .isThrownBy(() -> RecordKey.ofBusinessKey("g", key, 1L));
    }

}
