// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.Optional;

/// The ring of a packet socket: frames of one size in blocks of whole pages. Immutable.
///
/// @param frameBytes of a frame: what the kernel writes before a packet, and the packet
/// @param blockBytes of a block, a multiple of a frame
/// @param frames how many
record RingShape(int frameBytes, int blockBytes, int frames) {
    /// With DPDK's 512 frames of its own driver a ring overflows within a scheduling delay.
    private static final int RING_BYTES = 8 << 20;

    private static final int BLOCK_BYTES = 64 << 10;
    private static final int PAGE_BYTES = 4096;
    private static final int MIN_FRAME_BYTES = 2048;
    private static final int MAX_RING_BYTES = 1 << 30;

    /// What stands before a packet in a frame, and Ethernet header and tags.
    private static final int FRAME_OVERHEAD = 128;

    /// The shape for a port.
    ///
    /// @param config with the user's `blocksz`, `framesz` and `framecnt`, if any
    /// @param mtu of the port
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming what does not fit
    static RingShape of(DpdkPortConfig config, int mtu) {
        int frame = number(config, "framesz").orElse(frame(mtu));
        int block = number(config, "blocksz").orElse(Math.max(BLOCK_BYTES, frame));
        int frames = number(config, "framecnt").orElse(Math.max(1, RING_BYTES / frame));
        if (frame < frame(0) || frame % 16 != 0) {
            throw invalid(config, "framesz=" + frame, "a multiple of 16, 2048 or more");
        }
        if (block % PAGE_BYTES != 0 || block % frame != 0) {
            throw invalid(
                    config, "blocksz=" + block, "a multiple of " + PAGE_BYTES + " and of " + frame);
        }
        int perBlock = block / frame;
        if (frames % perBlock != 0 || (long) frames * frame > MAX_RING_BYTES) {
            throw invalid(
                    config,
                    "framecnt=" + frames,
                    "a multiple of " + perBlock + ", the frames of a block, and at most 1 GiB");
        }
        return new RingShape(frame, block, frames);
    }

    private static int frame(int mtu) {
        return Math.max(MIN_FRAME_BYTES, Integer.highestOneBit(mtu + FRAME_OVERHEAD - 1) << 1);
    }

    private static Optional<Integer> number(DpdkPortConfig config, String key) {
        Optional<String> text = config.device().argument(key);
        if (text.isPresent() && !text.get().matches("[1-9][0-9]{0,8}")) {
            throw invalid(config, key + "=" + text.get(), "a number from 1 on");
        }
        return text.map(Integer::parseInt);
    }

    private static BalancerException invalid(DpdkPortConfig config, String value, String right) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                "port "
                        + config.name()
                        + " ("
                        + config.device()
                        + "): "
                        + value
                        + " is not "
                        + right);
    }

    int blocks() {
        return frames / (blockBytes / frameBytes);
    }

    long bytes() {
        return (long) frames * frameBytes;
    }
}
