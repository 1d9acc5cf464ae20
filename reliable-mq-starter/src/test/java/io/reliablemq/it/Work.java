package io.reliablemq.it;

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
        try {
            this.step.handle(key, () -> this.effects.write(key));
        }
        catch (RuntimeException ex) {
            throw ex;
        }
        catch (Exception ex) {
            throw new IllegalStateException(ex);
        }
    }

}
