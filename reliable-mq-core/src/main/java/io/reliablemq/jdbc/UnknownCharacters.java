package io.reliablemq.jdbc;

import java.sql.SQLException;
import java.util.Set;

/**
 * Recognises failures because of characters that the database's character set lacks.
 * Trying again cannot help, unlike with a database that is unavailable.
 */
public final class UnknownCharacters {

    // Untranslatable character, character not in repertoire (PostgreSQL). MariaDB and
    // MySQL store keys as bytes, H2 knows all characters.
    private static final Set<String> STATES = Set.of("22P05", "22021");

    private UnknownCharacters() {
    }

    /**
     * Looks at a failure of one of our own statements.
     * @param failure the driver's exception
     * @return {@code true} if the database cannot write a text that it was given
     */
    public static boolean isMeantBy(SQLException failure) {
        String state = failure.getSQLState();
        return state != null && STATES.contains(state);
    }

}
