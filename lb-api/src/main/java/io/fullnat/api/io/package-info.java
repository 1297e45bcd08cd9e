// SPDX-License-Identifier: Apache-2.0
/// Packet I/O: ports with queues, bursts, buffer pools, flow rules, and access to native memory.
/// An application that brings ports of another kind implements [io.fullnat.api.io.PacketIo],
/// [io.fullnat.api.io.PacketPort], [io.fullnat.api.io.PortQueue] and
/// [io.fullnat.api.io.BufferPool]. Queue and pool of a worker belong to its thread; they neither
/// block, allocate nor throw.
package io.fullnat.api.io;
