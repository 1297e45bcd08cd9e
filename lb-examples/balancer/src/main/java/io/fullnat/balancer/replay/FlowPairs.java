// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.replay;

import io.fullnat.api.IpAddress;
import io.fullnat.balancer.pcap.FrameHeaders;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// Which flow of a replay is which of the capture. The balancer may choose other local ports, and
/// another server, than it did when it was captured; then an answer of the capture would find no
/// connection. A packet that leaves is the same in both if it carries the same, so the two flows
/// are one, and answers to the captured one are addressed as answers to that of now. For one
/// thread.
final class FlowPairs {
    /// A flow as its packets show it.
    private record Flow(
            int protocol,
            IpAddress source,
            int sourcePort,
            IpAddress destination,
            int destinationPort) {
        static Flow of(FrameHeaders headers) {
            return new Flow(
                    headers.protocol(),
                    headers.source(),
                    headers.sourcePort(),
                    headers.destination(),
                    headers.destinationPort());
        }

        Flow answers() {
            return new Flow(
                    protocol,
                    /* source= */ destination,
                    /* sourcePort= */ destinationPort,
                    /* destination= */ source,
                    /* destinationPort= */ sourcePort);
        }
    }

    /// What translation leaves as it is.
    ///
    /// @param toClient whether it goes to a client
    /// @param sequence of TCP, with its flags
    private record Content(boolean toClient, int protocol, long sequence, int length, int hash) {}

    private final OwnAddresses own;
    private final Map<Content, Deque<Flow>> captured = new HashMap<>();
    private final Map<Flow, Flow> answers = new HashMap<>();

    /// Looks through what the balancer sent when it was captured.
    FlowPairs(OwnAddresses own, Stream<ReplayedFrame> sent) {
        this.own = own;
        sent.map(frame -> frame.packet().bytes()).forEach(this::capture);
    }

    private void capture(byte[] bytes) {
        FrameHeaders headers = new FrameHeaders(bytes);
        if (isWhole(headers)) {
            captured.computeIfAbsent(content(headers, bytes), none -> new ArrayDeque<>())
                    .add(Flow.of(headers));
        }
    }

    private static boolean isWhole(FrameHeaders headers) {
        return headers.hasPorts() && !headers.isFragment();
    }

    private Content content(FrameHeaders headers, byte[] bytes) {
        int l4 = headers.transport();
        boolean tcp = headers.protocol() == FrameHeaders.TCP;
        int header = tcp ? (headers.at(l4 + 12) >>> 4) * 4 : 8;
        int from = Math.min(l4 + header, headers.end());
        byte[] payload = Arrays.copyOfRange(bytes, from, headers.end());
        long sequence =
                tcp ? (long) headers.word(l4 + 4) << 8 | headers.at(l4 + 13) : headers.protocol();
        return new Content(
                own.isVirtual(headers.source()),
                headers.protocol(),
                sequence,
                payload.length,
                Arrays.hashCode(payload));
    }

    /// Takes note of what leaves now.
    void left(byte[] bytes) {
        FrameHeaders headers = new FrameHeaders(bytes);
        if (captured.isEmpty() || !isWhole(headers)) {
            return;
        }
        Deque<Flow> same = captured.get(content(headers, bytes));
        Flow then = same == null ? null : same.poll();
        if (then != null) {
            answers.put(then.answers(), Flow.of(headers).answers());
        }
    }

    /// A captured frame, addressed as it would be now.
    ///
    /// @return the same bytes if it is no answer to what has another address now
    byte[] addressed(byte[] bytes) {
        FrameHeaders headers = new FrameHeaders(bytes);
        if (answers.isEmpty() || !isWhole(headers)) {
            return bytes;
        }
        Flow then = Flow.of(headers);
        Flow now = answers.get(then);
        boolean sameFamily =
                now != null
                        && now.source.bitLength() == then.source.bitLength()
                        && now.destination.bitLength() == then.destination.bitLength();
        if (now == null || now.equals(then) || !sameFamily) {
            return bytes;
        }
        Readdressed frame = new Readdressed(bytes.clone(), headers);
        frame.address(true, now.source);
        frame.address(false, now.destination);
        frame.port(0, now.sourcePort);
        frame.port(2, now.destinationPort);
        return frame.bytes();
    }
}
