// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.trace;

import io.fullnat.api.Ipv6Address;
import io.fullnat.api.MacAddress;
import io.fullnat.api.network.AddressKey;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.balancer.replay.NeighbourAnswers;
import io.fullnat.core.packet.PacketBuilder;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The neighbours of a copy: they answer as those of the running balancer did, those that have not
/// been asked yet by a made-up MAC address. For one thread.
final class CopyNeighbours {
    private static final MacAddress OTHER = new MacAddress(0x0200_00FE_0002L);

    private final NeighbourAnswers answers;
    private final Set<AddressKey> known;
    private final Set<AddressKey> contested;
    private boolean assumed;

    CopyNeighbours(Map<AddressKey, Optional<MacAddress>> known, Set<AddressKey> contested) {
        answers = new NeighbourAnswers(known);
        this.known = known.keySet();
        this.contested = contested;
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
    ///
    /// @param port by which it left
    Optional<PacketBuilder> answer(byte[] frame, MacAddress asker, String port) {
        FrameHeaders headers = new FrameHeaders(frame);
        Optional<AddressKey> target = NeighbourAnswers.target(headers, port);
        boolean looksForDuplicates =
                NeighbourAnswers.isQuestion(headers)
                        && headers.type() == FrameHeaders.TYPE_IPV6
                        && headers.source().equals(Ipv6Address.ANY);
        if (!looksForDuplicates) {
            Optional<PacketBuilder> answer = answers.answer(frame, asker, port);
            assumed |= answer.isPresent() && target.filter(known::contains).isEmpty();
            return answer;
        }
        return target.filter(contested::contains)
                .map(own -> NeighbourAnswers.claim(headers, own.address(), OTHER));
    }
}
