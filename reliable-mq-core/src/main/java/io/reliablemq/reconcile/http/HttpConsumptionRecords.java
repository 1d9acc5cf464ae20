package io.reliablemq.reconcile.http;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

import io.reliablemq.ReliableMQException;
import io.reliablemq.message.MessageId;
import io.reliablemq.reconcile.ConsumptionPage;
import io.reliablemq.reconcile.ConsumptionRecords;
import io.reliablemq.reconcile.ConsumptionState;
import io.reliablemq.reconcile.GroupSubscription;
import io.reliablemq.reconcile.IdRanges;
import org.jspecify.annotations.Nullable;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.util.UriComponentsBuilder;

/**
 * Records that the consuming application shows at its endpoint
 * {@code reliablemqreconcile}. Authentication is the client's; its answer is awaited for
 * a while only, if a time is given.
 */
public final class HttpConsumptionRecords implements ConsumptionRecords {

    private static final int PAGE = 5000;

    private static final String CHECK = "check that its application runs, or raise"
            + " reliable-mq.reconcile.source-timeout.";

    private final RestClient client;

    private final String url;

    private final String group;

    private final @Nullable Duration timeout;

    private final AtomicReference<@Nullable Thread> asking = new AtomicReference<>();

    /**
     * Creates the records.
     * @param client the application's client
     * @param url address of the endpoint, for example
     * {@code https://points.example.com/actuator/reliablemqreconcile}
     * @param group the group that is asked for
     */
    public HttpConsumptionRecords(RestClient client, String url, String group) {
        this(client, url, group, null);
    }

    /**
     * Creates the records.
     * @param client the application's client
     * @param url as above
     * @param group as above
     * @param timeout how long an answer is awaited, from connecting to its last byte, by
     * a thread of its own; {@code null} if the client has timeouts
     */
    public HttpConsumptionRecords(RestClient client, String url, String group, @Nullable Duration timeout) {
        this.client = client;
        this.url = url;
        this.group = group;
        this.timeout = timeout;
    }

    @Override
    public List<GroupSubscription> subscriptions() {
        return get(this.group, 0, 0).groups();
    }

    @Override
    public Map<Long, ConsumptionState> find(String group, long[] ids) {
        return ConsumptionRecords.findWithoutSpace(this, group, ids);
    }

    @Override
    public Map<MessageId, ConsumptionState> find(String group, Collection<MessageId> messages) {
        Map<MessageId, ConsumptionState> states = new HashMap<>(messages.size() * 2);
        Map<Long, List<MessageId>> byId = messages.stream().collect(Collectors.groupingBy(MessageId::id));
        for (long[] range : IdRanges.of(byId.keySet().stream().mapToLong(Long::longValue).sorted().toArray())) {
            find(group, range, byId, states);
        }
        return states;
    }

    /** From each page on to the first id that it has not answered. */
    private void find(String group, long[] range, Map<Long, List<MessageId>> byId,
            Map<MessageId, ConsumptionState> states) {
        int next = 0;
        while (next < range.length) {
            ConsumptionPage page = get(group, range[next], range[range.length - 1]);
            if (page.through() < range[next]) {
                throw new ReliableMQException("The endpoint " + this.url + " does not get beyond message " + range[next]
                        + ": check that its application has the same version of this library.");
            }
            while (next < range.length && range[next] <= page.through()) {
                for (MessageId message : byId.getOrDefault(range[next], List.of())) {
                    ConsumptionState state = page.state(message);
                    if (state != null) {
                        states.put(message, state);
                    }
                }
                next++;
            }
        }
    }

    private ConsumptionPage get(String group, long first, long last) {
        return (this.timeout != null) ? await(this.timeout, () -> read(group, first, last)) : read(group, first, last);
    }

    /**
     * Also where the client waits for ever. One that does not even let itself be
     * interrupted is not asked again before it has come back.
     */
    private ConsumptionPage await(Duration timeout, Callable<ConsumptionPage> question) {
        Thread before = this.asking.get();
        if (before != null && before.isAlive()) {
            throw new ReliableMQException(
                    "The endpoint " + this.url + " has not answered an earlier question yet: " + CHECK);
        }
        FutureTask<ConsumptionPage> task = new FutureTask<>(question);
        Thread thread = new Thread(task, "reliable-mq-source-" + this.group);
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        }
        catch (TimeoutException ex) {
            this.asking.set(thread);
            throw new ReliableMQException(
                    "The endpoint " + this.url + " has not answered within " + timeout + ": " + CHECK, ex);
        }
        catch (InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new ReliableMQException("Interrupted while " + this.url + " was asked.", ex);
        }
        catch (ExecutionException ex) {
            if (ex.getCause() instanceof ReliableMQException failure) {
                throw failure;
            }
            throw new ReliableMQException(
                    "The endpoint " + this.url + " could not be asked: " + ex.getCause() + ". " + CHECK, ex);
        }
        finally {
            task.cancel(true);
        }
    }

    private ConsumptionPage read(String group, long first, long last) {
        try {
            ConsumptionPage page = this.client.get()
                .uri(UriComponentsBuilder.fromUriString(this.url)
                    .pathSegment(group)
                    .queryParam("from", first)
                    .queryParam("to", last)
                    .queryParam("limit", PAGE)
                    .encode()
                    .build()
                    .toUri())
                .retrieve()
                .body(ConsumptionPage.class);
            if (page == null || page.states() == null || page.spaces() == null) {
                throw new ReliableMQException("The endpoint " + this.url
                        + " has answered nothing about consumer group '" + group + "': check the address, and that its"
                        + " application has the same version of this library.");
            }
            return page;
        }
        catch (RestClientException ex) {
            throw new ReliableMQException("The records of consumer group '" + group + "' cannot be read from "
                    + this.url + " (" + ex.getMessage()
                    + "): check that its application runs, shows the endpoint and lets this one in.", ex);
        }
    }

}
