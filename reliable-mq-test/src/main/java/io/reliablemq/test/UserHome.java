package io.reliablemq.test;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;

/**
 * Lends the system property {@code user.home} another value for the milliseconds in which
 * a store opens its database: RocketMQ takes the directory of RocksDB's log from there
 * and from nowhere else.
 */
final class UserHome {

    private static final String PROPERTY = "user.home";

    private UserHome() {
    }

    static boolean during(String directory, BooleanSupplier opening) {
        // The slow part first, while the property is still true.
        RocksDB.loadLibrary();
        synchronized (UserHome.class) {
            String home = System.getProperty(PROPERTY);
            System.setProperty(PROPERTY, directory);
            try {
                return opening.getAsBoolean();
            }
            finally {
                restore(home);
            }
        }
    }

    private static void restore(@Nullable String home) {
        if (home == null) {
            System.clearProperty(PROPERTY);
        }
        else {
            System.setProperty(PROPERTY, home);
        }
    }

}
