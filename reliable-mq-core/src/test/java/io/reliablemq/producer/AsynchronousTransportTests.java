package io.reliablemq.producer;

/**
 * What holds for a template whose transport makes attempts that no thread waits for.
 */
class AsynchronousTransportTests extends ReliableMQTemplateTests {

    AsynchronousTransportTests() {
        this.transport.asynchronous = true;
    }

}
