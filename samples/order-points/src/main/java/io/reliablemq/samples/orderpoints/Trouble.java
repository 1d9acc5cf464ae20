package io.reliablemq.samples.orderpoints;

/**
 * Which orders get into trouble, by their number.
 */
final class Trouble {

    private Trouble() {
    }

    static int number(OrderCreated order) {
        return Integer.parseInt(order.orderId().substring(order.orderId().lastIndexOf('-') + 1));
    }

    static boolean isSentAgainWithSameId(OrderCreated order) {
        return number(order) % 20 == 10;
    }

    static boolean isSentAgainAsAnotherMessage(OrderCreated order) {
        return number(order) % 20 == 0;
    }

    static boolean failsAtFirst(OrderCreated order) {
        return number(order) % 40 == 7;
    }

}
