// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.VirtualService;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.pcap.CapturedPacket.Direction;
import io.fullnat.balancer.pcap.FrameHeaders;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The addresses that a configuration gives the balancer, and the MAC addresses by which a capture
/// knows it. Immutable and thread-safe.
final class OwnAddresses {
    private static final long GROUP = 0x0100_0000_0000L;

    private final Set<IpAddress> virtual = new HashSet<>();
    private final Set<IpAddress> own = new HashSet<>();

    OwnAddresses(Configuration configuration) {
        configuration.addresses().forEach(address -> own.add(address.prefix().address()));
        for (VirtualService service : configuration.services()) {
            for (Frontend frontend : service.frontends()) {
                virtual.add(frontend.address());
            }
            for (LocalAddress local : service.localAddresses()) {
                own.add(local.address());
            }
        }
        own.addAll(virtual);
    }

    /// Whether clients speak to an address.
    boolean isVirtual(IpAddress address) {
        return virtual.contains(address);
    }

    /// The MAC address that a port had when it was captured: that to which most packets for the
    /// balancer were sent, or from which most were sent that the capture says it sent.
    ///
    /// @return empty if no packet tells
    Optional<MacAddress> mac(List<ReplayedFrame> frames, int port) {
        Map<Long, Integer> votes = new HashMap<>();
        for (ReplayedFrame frame : frames) {
            if (frame.port() != port) {
                continue;
            }
            FrameHeaders headers = new FrameHeaders(frame.packet().bytes());
            boolean out = frame.packet().direction() == Direction.OUT;
            long mac = headers.mac(out ? 6 : 0);
            if (out || isForUs(headers)) {
                if (mac > 0 && (mac & GROUP) == 0) {
                    votes.merge(mac, 1, Integer::sum);
                }
            }
        }
        return votes.entrySet().stream()
                .max(
                        Comparator.comparingInt(Map.Entry<Long, Integer>::getValue)
                                .thenComparingLong(Map.Entry::getKey))
                .map(most -> new MacAddress(most.getKey()));
    }

    private boolean isForUs(FrameHeaders headers) {
        return headers.isIp() && own.contains(headers.destination());
    }
}
