package io.reliablemq.jdbc;

import java.util.List;

import io.reliablemq.InvalidConfigurationException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TablesTests {

    @Test
    void beginsEachNameWithThePrefix() {
        assertThat(Tables.defaults().name(Table.INBOX)).isEqualTo("reliable_mq_inbox");
        assertThat(new Tables("messaging.mq_").name(Table.DEAD_LETTER)).isEqualTo("messaging.mq_dead_letter");
    }

    @Test
    void refusesWhatIsNoPartOfAName() {
        for (String prefix : List.of("", ".", "a.", ".a", "a.b.c", "1a", "a-b", "a b", "a;", "a'", "\"a\"", "`a`", "ä",
                "a".repeat(33))) {
            assertThatExceptionOfType(InvalidConfigurationException.class).as(prefix)
                .isThrownBy(() -> new Tables(prefix))
                .withMessageContaining("reliable-mq.jdbc.table-prefix");
        }
    }

    @Test
    void leavesRoomForTheLongestNameOfPostgres() {
        String longest = "a".repeat(32);
        for (Table table : Table.values()) {
            assertThat(new Tables(longest).name(table) + "_identity_idx").hasSizeLessThanOrEqualTo(63);
        }
    }

}
