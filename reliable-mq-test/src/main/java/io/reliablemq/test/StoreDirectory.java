package io.reliablemq.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one broker keeps its files, locked against a second one. A temporary directory
 * goes away when closed; what a killed process left behind goes away when the next one
 * starts.
 */
final class StoreDirectory implements AutoCloseable {

    private static final Logger logger = LoggerFactory.getLogger(StoreDirectory.class);

    private static final String PREFIX = "reliable-mq-broker-";

    private static final String LOCK_SUFFIX = ".lock";

    private final Path path;

    private final StoreLock lock;

    private final boolean temporary;

    private StoreDirectory(Path path, StoreLock lock, boolean temporary) {
        this.path = path;
        this.lock = lock;
        this.temporary = temporary;
    }

    static StoreDirectory open(@Nullable Path given) {
        try {
            return (given != null) ? given(given.toAbsolutePath()) : temporary();
        }
        catch (IOException ex) {
            throw new EmbeddedBrokerException("The store directory can't be prepared. Check that "
                    + ((given != null) ? given : temporaryRoot()) + " is writable.", ex);
        }
    }

    private static StoreDirectory given(Path path) throws IOException {
        Files.createDirectories(path);
        StoreLock lock = StoreLock.tryAcquire(path, "embedded-broker" + LOCK_SUFFIX);
        if (lock == null) {
            throw new EmbeddedBrokerException("Another embedded broker uses the store directory " + path
                    + ". Two brokers on one store destroy it: choose another directory or end the other broker.");
        }
        return new StoreDirectory(path, lock, false);
    }

    /**
     * The lock is taken beside the directory before the directory exists: a directory
     * without a locked neighbour is one whose process is gone.
     */
    private static StoreDirectory temporary() throws IOException {
        Path root = temporaryRoot();
        deleteAbandoned(root);
        String name = PREFIX + UUID.randomUUID();
        StoreLock lock = StoreLock.tryAcquire(root, name + LOCK_SUFFIX);
        if (lock == null) {
            throw new EmbeddedBrokerException(
                    "The new file " + root.resolve(name) + " is locked already. Start again.");
        }
        return new StoreDirectory(Files.createDirectory(root.resolve(name)), lock, true);
    }

    private static void deleteAbandoned(Path root) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(root,
                (path) -> path.getFileName().toString().startsWith(PREFIX) && Files.isDirectory(path))) {
            for (Path directory : found) {
                deleteIfAbandoned(root, directory);
            }
        }
    }

    private static void deleteIfAbandoned(Path root, Path directory) {
        try (StoreLock lock = StoreLock.tryAcquire(root, directory.getFileName() + LOCK_SUFFIX)) {
            if (lock != null) {
                FileTree.delete(directory);
                lock.deleteFile();
            }
        }
        catch (IOException ex) {
            // Another user's: theirs to delete.
            logger.debug("The abandoned store {} is left", directory, ex);
        }
    }

    private static Path temporaryRoot() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    Path path() {
        return this.path;
    }

    boolean isTemporary() {
        return this.temporary;
    }

    void deleteFiles() {
        try {
            FileTree.delete(this.path);
            this.lock.deleteFile();
        }
        catch (IOException ex) {
            throw new UncheckedIOException("The temporary store " + this.path + " is left; delete it by hand.", ex);
        }
    }

    @Override
    public void close() {
        StoreLock lock = this.lock;
        try (lock) {
            if (this.temporary) {
                deleteFiles();
            }
        }
        catch (IOException ex) {
            throw new UncheckedIOException("The lock of the store " + this.path + " can't be released.", ex);
        }
    }

}
