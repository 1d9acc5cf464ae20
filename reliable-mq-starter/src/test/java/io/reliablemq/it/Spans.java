package io.reliablemq.it;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import brave.handler.MutableSpan;
import brave.handler.SpanHandler;
import brave.propagation.TraceContext;

/**
 * The spans that have ended.
 */
final class Spans extends SpanHandler {

    private final List<MutableSpan> ended = new CopyOnWriteArrayList<>();

    @Override
    public boolean end(TraceContext context, MutableSpan span, Cause cause) {
        this.ended.add(new MutableSpan(span));
        return true;
    }

    List<MutableSpan> named(String name) {
        return this.ended.stream().filter((span) -> name.equals(span.name())).toList();
    }

}
