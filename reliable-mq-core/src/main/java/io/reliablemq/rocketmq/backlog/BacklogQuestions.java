package io.reliablemq.rocketmq.backlog;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.reliablemq.ReliableMQException;
import org.apache.rocketmq.remoting.exception.RemotingException;

/**
 * The questions of one poll. A server that does not answer one of them is not asked
 * again, so that it delays the poll only once; nor is anyone after the poll's end.
 */
final class BacklogQuestions {

    private static final long TIMEOUT_MILLIS = 3000;

    private final long end;

    private final Map<String, String> silent = new ConcurrentHashMap<>();

    private final Set<String> problems = ConcurrentHashMap.newKeySet();

    private final AtomicInteger asked = new AtomicInteger();

    BacklogQuestions(long endNanos) {
        this.end = endNanos;
    }

    /**
     * Asks.
     * @param server address of a broker, or the addresses of the name servers
     * @param question what to ask
     * @return the answer
     * @throws NoAnswerException if the server does not answer
     * @throws Exception if it answers with an error
     */
    <T> T ask(String server, Question<T> question) throws Exception {
        String reason = this.silent.get(server);
        if (reason != null) {
            throw new NoAnswerException(reason);
        }
        long left = TimeUnit.NANOSECONDS.toMillis(this.end - System.nanoTime());
        if (left <= 0) {
            throw new NoAnswerException("the time for one poll was over");
        }
        this.asked.incrementAndGet();
        try {
            return question.ask(Math.min(TIMEOUT_MILLIS, left));
        }
        catch (RemotingException ex) {
            String why = server + " does not answer (" + ex.getClass().getSimpleName() + ")";
            this.silent.putIfAbsent(server, why);
            throw new NoAnswerException(why);
        }
    }

    /** Notes what cannot be told, and why. */
    void problem(String what, Exception cause) {
        this.problems.add(what + ": " + reason(cause));
    }

    /** In words. */
    static String reason(Exception cause) {
        return (cause instanceof NoAnswerException || cause instanceof ReliableMQException)
                ? String.valueOf(cause.getMessage()) : cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }

    void problem(String sentence) {
        this.problems.add(sentence);
    }

    Set<String> problems() {
        return new TreeSet<>(this.problems);
    }

    int asked() {
        return this.asked.get();
    }

    /** Something to ask a server. */
    interface Question<T> {

        T ask(long timeoutMillis) throws Exception;

    }

    /** Nobody answered. */
    static final class NoAnswerException extends Exception {

        private static final long serialVersionUID = 1L;

        NoAnswerException(String message) {
            super(message, null, false, false);
        }

    }

}
