package io.reliablemq.it;

import io.reliablemq.idempotency.IdempotencyContext;

/**
 * What a listener does with a message.
 */
final class Work {

    private final EffectWriter effects;

    private final Step step;

    Work(EffectWriter effects, Step step) {
        this.effects = effects;
        this.step = step;
    }

    void process(String key) {
        process(key, () -> this.effects.write(key));
    }

    /** For work that goes on in another thread. */
    void process(String key, IdempotencyContext context) {
        process(key, () -> this.effects.write(key, context));
    }

    private void process(String key, Runnable effect) {
        try {
            this.step.handle(key, effect);
        }
        catch (RuntimeException ex) {
            throw ex;
        }
        catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

}
