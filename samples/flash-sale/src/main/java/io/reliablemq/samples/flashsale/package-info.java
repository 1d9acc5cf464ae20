/**
 * A flash sale: more orders than can be processed at once, and what the library does
 * about it.
 */
package io.reliablemq.samples.flashsale;
