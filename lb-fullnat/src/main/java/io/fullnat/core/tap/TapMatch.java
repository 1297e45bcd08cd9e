// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.tap;

import io.fullnat.core.capture.BpfFilter;
import io.fullnat.core.capture.CaptureSettings;
import io.fullnat.core.capture.FlowPattern;
import io.fullnat.core.capture.PacketKeys;
import java.util.List;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/// Whether one worker's frames are wanted. Of connections that patterns have found it remembers the
/// flow between local address and server, so that both sides are captured. Allocates nothing once
/// it is made; for one thread.
final class TapMatch {
    private static final int MAX_FOLLOWED = 16_384;
    private static final float LOAD = 0.5f;
    private static final int BPF_MEMORY = 16;

    private final @Nullable BpfFilter filter;
    private final FlowPattern[] flows;
    private final int[] memory = new int[BPF_MEMORY];
    private final PacketKeys keys = new PacketKeys();
    private final LongHashSet followed;

    TapMatch(CaptureSettings settings) {
        filter = settings.filter().orElse(null);
        List<FlowPattern> patterns = settings.flows();
        flows = patterns.toArray(FlowPattern[]::new);
        followed = new LongHashSet(flows.length == 0 ? 8 : 2 * MAX_FOLLOWED, LOAD, false);
    }

    /// Whether connections are asked for, which are to be followed.
    boolean hasFlows() {
        return flows.length > 0;
    }

    /// Whether a frame is wanted.
    boolean matches(long frame, int length) {
        return (filter == null || filter.matches(frame, length, memory))
                && (flows.length == 0 || isOfFlows(frame, length));
    }

    private boolean isOfFlows(long frame, int length) {
        if (!keys.read(frame, length)) {
            return false;
        }
        for (FlowPattern flow : flows) {
            if (keys.matches(flow)) {
                return true;
            }
        }
        return !followed.isEmpty() && keys.hasPorts() && followed.contains(keys.flow());
    }

    /// Remembers the flow of a frame that is sent on because it was wanted when it was received.
    void follow(long frame, int length) {
        if (flows.length > 0 && keys.read(frame, length) && keys.hasPorts()) {
            if (followed.size() >= MAX_FOLLOWED) {
                followed.clear(); // those that go on are found again by their client's packets
            }
            followed.add(keys.flow());
        }
    }
}
