package io.reliablemq.autoconfigure;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an exception and its causes say.
 */
final class Messages {

    private Messages() {
    }

    static String of(Throwable failure) {
        return Stream.iterate(failure, (it) -> it != null, Throwable::getCause)
            .map((it) -> String.valueOf(it.getMessage()))
            .collect(Collectors.joining("\n"));
    }

}
