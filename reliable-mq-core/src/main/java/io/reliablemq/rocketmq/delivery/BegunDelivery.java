package io.reliablemq.rocketmq.delivery;

/**
 * A delivery that goes on while others are begun.
 */
interface BegunDelivery {

    /** Once it has reported itself, by the thread that began it. */
    Verdict finish();

    /** It takes too long: it counts as failed, whatever it does later. */
    Verdict expire();

    /** The container stops: nobody acts upon what becomes of it. */
    void abandon();

}
