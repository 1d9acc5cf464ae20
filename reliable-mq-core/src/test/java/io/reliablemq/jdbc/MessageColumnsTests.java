package io.reliablemq.jdbc;

import java.util.LinkedHashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class MessageColumnsTests {

    @Test
    void keepsAnyCharacterOfHeaders() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("a=b&c", "1&2=3");
        headers.put("empty", "");
        headers.put("ünï", "日本\u0001\n+ %");

        assertThat(MessageColumns.parse(MessageColumns.format(headers))).containsExactlyEntriesOf(headers);
    }

    @Test
    void readsNoHeadersWhereThereAreNone() {
        assertThat(MessageColumns.parse(null)).isEmpty();
        assertThat(MessageColumns.parse(MessageColumns.format(Map.of()))).isEmpty();
    }

}
