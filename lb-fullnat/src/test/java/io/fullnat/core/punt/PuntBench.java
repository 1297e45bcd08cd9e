// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.punt;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketIo;
import io.fullnat.core.stack.StackContext;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A worker's way to the kernel whose other end a test holds: which frames lie in which queue, and
/// what the kernel listens to.
public final class PuntBench {
    private final List<PuntLink> links;
    private final PuntGate gate;

    /// @param io with ports that have an interface beside them, or none
    /// @param context of the one worker, with the policy in its view
    public PuntBench(PacketIo io, StackContext context) {
        links = PuntLink.of(io, 1);
        gate = new PuntGate(context, 0, links);
    }

    /// The worker's end.
    public PuntGate gate() {
        return gate;
    }

    /// Has the kernel listen to addresses at all ports.
    public void listen(String... macs) {
        Set<MacAddress> all = Stream.of(macs).map(MacAddress::parse).collect(Collectors.toSet());
        links.forEach(link -> link.listened(all));
    }

    /// What the kernel has got since this was asked last.
    ///
    /// @return the queue and the bytes of each frame, the most important queue first
    public List<String> taken() {
        List<String> taken = new ArrayList<>();
        for (PuntLink link : links) {
            for (PuntClass each : PuntClass.values()) {
                link.toKernel(0, each)
                        .read((type, message, at, length) -> {
                            long address = message.addressOffset() + at;
                            taken.add(text(each, Memory.toBytes(address, length)));
                        });
            }
        }
        return taken;
    }

    /// A frame in a queue, as [#taken()] says it.
    public static String text(PuntClass queue, byte[] frame) {
        return queue + " " + HexFormat.of().formatHex(frame);
    }
}
