// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes the text by which DPDK is asked for a device, filling in what the user left open.
final class DeviceArguments {
    /// The rings that af_packet gets: by default it has 512 frames, which overflow within a
    /// scheduling delay.
    private static final int RING_BYTES = 8 << 20;

    private static final int BLOCK_BYTES = 64 << 10;
    private static final int MIN_FRAME_BYTES = 2048;

    /// What stands before a packet in a frame of the ring, and Ethernet header and tags.
    private static final int FRAME_OVERHEAD = 128;

    private DeviceArguments() {}

    /// The text for `rte_dev_probe`.
    ///
    /// @param device the port's device
    /// @param name its name, with a number
    /// @param queues queue pairs
    /// @param mtu the wanted MTU
    static String of(DeviceSpec device, String name, int queues, int mtu) {
        List<String> parts = new ArrayList<>();
        parts.add(name);
        parts.addAll(device.arguments());
        Optional<DeviceKind> kind = device.kind();
        if (kind.isPresent()) {
            if (!kind.get().queuesKey().isEmpty()) {
                addUnlessGiven(device, parts, kind.get().queuesKey(), queues);
            }
            if (kind.get() == DeviceKind.AF_PACKET) {
                int frame = Math.max(MIN_FRAME_BYTES, powerOfTwo(mtu + FRAME_OVERHEAD));
                addUnlessGiven(device, parts, "blocksz", BLOCK_BYTES);
                addUnlessGiven(device, parts, "framesz", frame);
                addUnlessGiven(device, parts, "framecnt", RING_BYTES / frame);
            } else if (kind.get() == DeviceKind.MEMIF
                    && device.numbered()
                    && device.argument("socket-abstract").isEmpty()) {
                parts.add("socket-abstract=no");
            }
        }
        return String.join(",", parts);
    }

    private static void addUnlessGiven(
            DeviceSpec device, List<String> parts, String key, int value) {
        if (device.argument(key).isEmpty()) {
            parts.add(key + "=" + value);
        }
    }

    private static int powerOfTwo(int atLeast) {
        return Integer.highestOneBit(atLeast - 1) << 1;
    }
}
