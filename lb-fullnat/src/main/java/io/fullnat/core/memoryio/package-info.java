// SPDX-License-Identifier: Apache-2.0
/// Packet I/O without a device: ports within this process, joined in pairs, for tests, simulations
/// and examples. They lose, delay, double and reorder frames if they are told to, the same way for
/// the same seed.
package io.fullnat.core.memoryio;
