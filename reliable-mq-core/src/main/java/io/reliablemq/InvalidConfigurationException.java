package io.reliablemq;

/**
 * Thrown at start-up when the application is set up in a way that would lose or double
 * messages. The description says what is wrong, the action what to write instead.
 */
public class InvalidConfigurationException extends ReliableMQException {

    private static final long serialVersionUID = 1L;

    private final String description;

    private final String action;

    /**
     * Creates an exception for one finding.
     * @param description what is wrong, as a sentence
     * @param action what to write instead, as a sentence
     */
    public InvalidConfigurationException(String description, String action) {
        super(description + " " + action);
        this.description = description;
        this.action = action;
    }

    /**
     * What is wrong.
     * @return a sentence
     */
    public String getDescription() {
        return this.description;
    }

    /**
     * What to write instead.
     * @return a sentence
     */
    public String getAction() {
        return this.action;
    }

}
