package io.reliablemq.test.servers;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * A server's process, with its children, for tests that freeze or kill it.
 *
 * @param pid its process id
 */
public record ServerProcess(long pid) {

    /** Stops the clock for it: connections stay open, nothing is answered. */
    public void freeze() {
        signal("STOP");
    }

    /** Lets it go on. */
    public void thaw() {
        signal("CONT");
    }

    /** Ends it as a crash does. */
    public void kill() {
        signal("KILL");
    }

    private void signal(String name) {
        ProcessHandle process = ProcessHandle.of(this.pid)
            .orElseThrow(() -> new IllegalStateException("No process " + this.pid));
        List<String> pids = Stream.concat(Stream.of(process), process.descendants())
            .map((each) -> Long.toString(each.pid()))
            .toList();
        List<String> command = Stream.concat(Stream.of("kill", "-" + name), pids.stream()).toList();
        try {
            int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
            if (exit != 0) {
                throw new IllegalStateException(command + " ended with " + exit);
            }
        }
        catch (IOException ex) {
            throw new IllegalStateException(ex);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ex);
        }
    }

}
