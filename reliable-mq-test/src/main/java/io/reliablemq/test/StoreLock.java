package io.reliablemq.test;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock on a file, against other processes and within this one. A second
 * channel on the same file is never opened here: closing it would release the first one's
 * lock on POSIX systems.
 */
final class StoreLock implements AutoCloseable {

    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path file;

    private final FileChannel channel;

    private StoreLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Takes the lock if nobody has it.
     * @param directory where the file is, an existing directory
     * @param name the file's name; made if absent
     * @return the lock, or null if somebody has it
     * @throws IOException if the file can't be opened
     */
    static @Nullable StoreLock tryAcquire(Path directory, String name) throws IOException {
        Path real = directory.toRealPath().resolve(name);
        if (!HELD.add(real)) {
            return null;
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            locked = lock != null;
            return locked ? new StoreLock(real, channel) : null;
        }
        finally {
            if (!locked) {
                if (channel != null) {
                    channel.close();
                }
                HELD.remove(real);
            }
        }
    }

    void deleteFile() throws IOException {
        Files.deleteIfExists(this.file);
    }

    @Override
    public void close() throws IOException {
        try {
            this.channel.close();
        }
        finally {
            HELD.remove(this.file);
        }
    }

}
