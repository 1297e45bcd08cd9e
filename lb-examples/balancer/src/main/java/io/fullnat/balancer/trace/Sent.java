// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

/// A frame that leaves for the one that came. Immutable, as long as nobody changes the bytes.
///
/// @param port by which, by name
/// @param bytes all of it
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
public record Sent(String port, byte[] bytes) {}
