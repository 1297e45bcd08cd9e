// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.balancer.replay.NeighbourAnswers;
import io.fullnat.core.packet.NeighbourDiscovery;
import io.fullnat.core.packet.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The neighbours of a copy: they answer as those of the running balancer did, those that have not
/// been asked yet by a made-up MAC address. For one thread.
final class CopyNeighbours {
    private static final int SOLICITATION = 135;
    private static final int ADVERTISEMENT = 136;
    private static final int HOP_LIMIT = 255;
    private static final MacAddress OTHER = new MacAddress(0x0200_00FE_0002L);

    private final NeighbourAnswers answers;
    private final Set<IpAddress> known;
    private final Set<IpAddress> contested;
    private boolean assumed;

    CopyNeighbours(Map<IpAddress, Optional<MacAddress>> known, Set<IpAddress> contested) {
        answers = new NeighbourAnswers(known);
        this.known = known.keySet();
        this.contested = contested;
    }

    /// Whether a frame asks for a neighbour, or whether an address is another's, too.
    static boolean isQuestion(byte[] frame) {
        FrameHeaders headers = new FrameHeaders(frame);
        if (headers.target().isEmpty()) {
            return false;
        }
        return headers.type() == FrameHeaders.TYPE_ARP
                ? headers.half(headers.network() + 6) == 1
                : headers.at(headers.transport()) == SOLICITATION;
    }

    /// From now on it is noted when one answers that has not been asked yet.
    void assume() {
        assumed = false;
    }

    /// Whether one has answered that had not been asked yet.
    boolean hasAssumed() {
        return assumed;
    }

    /// What is answered to a frame of the copy.
    Optional<PacketBuilder> answer(byte[] frame, MacAddress asker) {
        FrameHeaders headers = new FrameHeaders(frame);
        Optional<IpAddress> target = headers.target();
        boolean looksForDuplicates =
                target.isPresent()
                        && isQuestion(frame)
                        && headers.type() == FrameHeaders.TYPE_IPV6
                        && headers.source().equals(Ipv6Address.ANY);
        if (!looksForDuplicates) {
            Optional<PacketBuilder> answer = answers.answer(frame, asker);
            assumed |= answer.isPresent() && target.filter(known::contains).isEmpty();
            return answer;
        }
        return target.filter(contested::contains).map(address -> claim(headers, address));
    }

    private static PacketBuilder claim(FrameHeaders asked, IpAddress address) {
        PacketBuilder frame = PacketBuilder.ethernet(OTHER, MacAddress.parse("33:33:00:00:00:01"));
        if (asked.vlan() > 0) {
            frame.vlan(asked.vlan());
        }
        ByteBuffer body = ByteBuffer.allocate(16 + NeighbourDiscovery.OPTION_LENGTH);
        body.putLong(address.high()).putLong(address.low());
        body.put((byte) NeighbourDiscovery.OPTION_TARGET_LINK_ADDRESS).put((byte) 1);
        body.putShort((short) (OTHER.bits() >>> 32)).putInt((int) OTHER.bits());
        return frame.ipv6(address.toString(), "ff02::1")
                .timeToLive(HOP_LIMIT)
                .icmp(ADVERTISEMENT, 0, NeighbourDiscovery.FLAG_OVERRIDE << 24)
                .payload(body.array());
    }
}
