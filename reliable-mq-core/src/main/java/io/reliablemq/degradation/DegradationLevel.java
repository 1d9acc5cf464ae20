package io.reliablemq.degradation;

import io.reliablemq.listener.ListenerPriority;

/**
 * Who gives way.
 */
public enum DegradationLevel {

    /** Nobody. */
    OFF,

    /** Listeners of priority LOW. */
    FIRST,

    /** Those of priority NORMAL too. */
    SECOND;

    /**
     * Whether listeners of a priority give way.
     * @param priority a listener's priority
     * @return never for CRITICAL
     */
    public boolean concerns(ListenerPriority priority) {
        return switch (priority) {
            case CRITICAL -> false;
            case NORMAL -> this == SECOND;
            case LOW -> this != OFF;
        };
    }

    int number() {
        return switch (this) {
            case OFF -> 0;
            case FIRST -> 1;
            case SECOND -> 2;
        };
    }

    DegradationLevel up() {
        return (this == OFF) ? FIRST : SECOND;
    }

    DegradationLevel down() {
        return (this == SECOND) ? FIRST : OFF;
    }

}
