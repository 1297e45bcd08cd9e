// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.io;

/// What a device counted since it was opened.
///
/// @param receivedPackets packets taken by [PortQueue#receive(PacketBurst)]
/// @param receivedBytes their bytes
/// @param sentPackets packets sent
/// @param sentBytes their bytes
/// @param missed arrived, but no descriptor was free: the worker was too slow
/// @param receiveErrors arrived damaged
/// @param sendErrors could not be sent
/// @param noBuffer arrived, but the pool was empty
public record PortStatistics(
        long receivedPackets,
        long receivedBytes,
        long sentPackets,
        long sentBytes,
        long missed,
        long receiveErrors,
        long sendErrors,
        long noBuffer) {}
