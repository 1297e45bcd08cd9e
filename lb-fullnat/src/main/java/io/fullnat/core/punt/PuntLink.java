// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PuntPort;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.agrona.BitUtil;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/// What connects the workers with the kernel's interface beside one port: rings of whole frames,
/// from each worker one for each [PuntClass], and one back to the first worker, which sends for the
/// kernel. A frame is copied, so a worker's buffer is free at once, however slow the kernel is.
///
/// **Thread-safety:** each worker writes to its own rings; one thread, [PuntAgent]'s, reads them
/// and writes to the one back.
public final class PuntLink {
    static final int FRAME = 1;

    /// A message of a ring may have an eighth of it: 16 KiB hold a frame of the largest MTU.
    private static final int SMALL_RING = 128 << 10;

    private static final int LARGE_RING = 512 << 10;

    /// The worker that sends what comes from the kernel.
    static final int SENDER = 0;

    private final int number;
    private final PacketPort port;
    private final PuntPort kernel;
    private final int mtu;
    private final OneToOneRingBuffer[][] toKernel;
    private final OneToOneRingBuffer fromKernel = ring(LARGE_RING);
    private volatile long[] listened = {};

    /// The link of one port.
    ///
    /// @param number of the port
    /// @param port the port
    /// @param kernel the interface beside it
    /// @param workers how many there are
    PuntLink(int number, PacketPort port, PuntPort kernel, int workers) {
        this.number = number;
        this.port = port;
        this.kernel = kernel;
        mtu = port.mtu();
        toKernel = new OneToOneRingBuffer[workers][PuntClass.COUNT];
        for (OneToOneRingBuffer[] rings : toKernel) {
            for (PuntClass each : PuntClass.values()) {
                rings[each.ordinal()] = ring(each == PuntClass.OTHER ? SMALL_RING : LARGE_RING);
            }
        }
    }

    /// The links of all ports that have an interface of the kernel beside them.
    ///
    /// @param io with the ports
    /// @param workers how many there are
    /// @return in order of the ports' numbers; empty if none has
    public static List<PuntLink> of(PacketIo io, int workers) {
        List<PuntLink> links = new ArrayList<>();
        for (int number = 0; number < io.ports().size(); number++) {
            PacketPort port = io.ports().get(number);
            PuntPort kernel = port.puntPort().orElse(null);
            if (kernel != null) {
                links.add(new PuntLink(number, port, kernel, workers));
            }
        }
        return List.copyOf(links);
    }

    private static OneToOneRingBuffer ring(int bytes) {
        int length = bytes + RingBufferDescriptor.TRAILER_LENGTH;
        return new OneToOneRingBuffer(
                new UnsafeBuffer(
                        BufferUtil.allocateDirectAligned(length, BitUtil.CACHE_LINE_LENGTH)));
    }

    int number() {
        return number;
    }

    PacketPort port() {
        return port;
    }

    PuntPort kernel() {
        return kernel;
    }

    /// Bytes of the port's largest packet.
    int mtu() {
        return mtu;
    }

    int workers() {
        return toKernel.length;
    }

    OneToOneRingBuffer toKernel(int worker, PuntClass kind) {
        return toKernel[worker][kind.ordinal()];
    }

    OneToOneRingBuffer fromKernel() {
        return fromKernel;
    }

    /// Says which addresses the kernel listens to.
    void listened(Set<MacAddress> addresses) {
        long[] sorted = addresses.stream().mapToLong(MacAddress::bits).sorted().toArray();
        if (!Arrays.equals(sorted, listened)) {
            listened = sorted;
        }
    }

    /// Whether the kernel wants frames to an address, of a group or a further station of its own.
    boolean listens(long mac) {
        return Arrays.binarySearch(listened, mac) >= 0;
    }
}
