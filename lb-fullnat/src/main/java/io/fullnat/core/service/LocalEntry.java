// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.service;

/// A local address as a worker sees it.
///
/// @param address as four bytes of a packet, read as one word
/// @param slot of its counters
public record LocalEntry(int address, int slot) {}
