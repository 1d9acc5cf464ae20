package io.reliablemq.rocketmq.delivery;

/**
 * A delivery in flight, which goes on while others are begun.
 */
interface BegunDelivery {

    /** Once it has reported itself, by the thread that began it. */
    DeliveryResult finish();

    /** It takes too long: it counts as failed, whatever it does later. */
    DeliveryResult expire();

    /** The container stops: nobody acts upon what becomes of it. */
    void abandon();

}
