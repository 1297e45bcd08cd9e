// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.pcap;

/// Where packets of a capture were seen. Immutable and thread-safe.
///
/// @param number of those in the file, over all its sections, from 0
/// @param name as the file says, empty if it does not
public record CaptureInterface(int number, String name) {}
