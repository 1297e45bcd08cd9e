// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.Endpoint;
import io.fullnat.api.MacAddress;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.pcap.FrameHeaders;
import io.fullnat.balancer.pcap.FrameText;
import io.fullnat.core.capture.CapturedFrame;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A packet that has passed the balancer: as it came, as it left, or both. Its connection is told
/// from those two, as they show it whole; a look at the tables would come later than the packet.
/// Immutable and thread-safe.
///
/// @param received as it came; empty of what the balancer or the kernel made
/// @param sent as it left; empty of what ended here
record PassedPacket(Optional<CapturedFrame> received, Optional<CapturedFrame> sent) {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("HH:mm:ss.SSSSSS").withZone(ZoneOffset.UTC);
    private static final long SECOND = 1_000_000_000;

    /// Of a connection, what one packet shows of it.
    private record Seen(
            String protocol,
            Endpoint client,
            Endpoint virtual,
            Optional<Endpoint> local,
            Optional<Endpoint> server) {}

    private CapturedFrame first() {
        return received.or(() -> sent).orElseThrow();
    }

    private Instant time() {
        long nanos = first().nanos();
        return Instant.ofEpochSecond(nanos / SECOND, nanos % SECOND);
    }

    private Optional<Outcome> outcome() {
        return first().outcome();
    }

    private static boolean isForwarded(Outcome outcome) {
        return outcome == Outcome.FORWARDED_IN || outcome == Outcome.FORWARDED_OUT;
    }

    /// Whether a frame was received and, as it ended so, has been sent as well.
    static boolean waitsForSent(CapturedFrame frame) {
        return !frame.sent() && frame.outcome().filter(PassedPacket::isForwarded).isPresent();
    }

    private Optional<Seen> connection() {
        if (received.isEmpty() || sent.isEmpty() || outcome().isEmpty()) {
            return Optional.empty();
        }
        FrameHeaders came = new FrameHeaders(received.get().bytes());
        FrameHeaders left = new FrameHeaders(sent.get().bytes());
        boolean fromClient = outcome().get() == Outcome.FORWARDED_IN;
        FrameHeaders clients = fromClient ? came : left;
        FrameHeaders servers = fromClient ? left : came;
        if (!isForwarded(outcome().get()) || !clients.hasPorts()) {
            return Optional.empty();
        }
        Endpoint client = fromClient ? source(clients) : destination(clients);
        Endpoint virtual = fromClient ? destination(clients) : source(clients);
        // what was sent on as it is shows no server, and none is made up
        boolean translated =
                servers.hasPorts()
                        && !(source(servers).equals(source(clients))
                                && destination(servers).equals(destination(clients)));
        Optional<FrameHeaders> inside = translated ? Optional.of(servers) : Optional.empty();
        return Optional.of(
                new Seen(
                        clients.protocol() == FrameHeaders.TCP ? "tcp" : "udp",
                        client,
                        virtual,
                        inside.map(it -> fromClient ? source(it) : destination(it)),
                        inside.map(it -> fromClient ? destination(it) : source(it))));
    }

    private static Endpoint source(FrameHeaders headers) {
        return new Endpoint(headers.source(), headers.sourcePort());
    }

    private static Endpoint destination(FrameHeaders headers) {
        return new Endpoint(headers.destination(), headers.destinationPort());
    }

    private static String nextHop(CapturedFrame frame) {
        FrameHeaders headers = new FrameHeaders(frame.bytes());
        return headers.type() < 0 ? "?" : new MacAddress(headers.mac(0)).toString();
    }

    private String maker() {
        return first().ofKernel() ? "kernel" : "fullnat";
    }

    private String words() {
        return outcome().map(end -> end + ": " + end.meaning()).orElse("was not seen to end");
    }

    /// Tells it in lines: when and where it came, then each finding with its name.
    ///
    /// @param ports their names, by number
    String text(List<String> ports) {
        StringBuilder text = new StringBuilder(400);
        CapturedFrame first = first();
        text.append(TIME.format(time()))
                .append(" w")
                .append(first.worker())
                .append(' ')
                .append(ports.get(first.port()))
                .append(received.isPresent() ? " in  " : " out ")
                .append(FrameText.of(first.bytes()))
                .append('\n');
        if (received.isEmpty()) {
            line(text, "made by", first.outcome().isEmpty() ? maker() : words());
            line(text, "sent", "at " + ports.get(first.port()) + " to " + nextHop(first));
            return text.toString();
        }
        line(text, "ends as", words());
        connection().ifPresent(seen -> line(text, "connection", words(seen)));
        sent.ifPresent(frame ->
                line(
                        text,
                        "sent",
                        "at "
                                + ports.get(frame.port())
                                + " to "
                                + nextHop(frame)
                                + ": "
                                + FrameText.of(frame.bytes())));
        return text.toString();
    }

    private static void line(StringBuilder text, String what, String finding) {
        text.append("  ").append(Column.left(what, 10)).append(' ').append(finding).append('\n');
    }

    private static String words(Seen seen) {
        String words = seen.protocol + " " + seen.client + " > " + seen.virtual;
        return seen.server.isEmpty()
                ? words
                : words + ", by " + seen.local.orElseThrow() + " to " + seen.server.get();
    }

    /// The same as one object.
    ///
    /// @param ports their names, by number
    ObjectNode json(List<String> ports) {
        CapturedFrame first = first();
        ObjectNode root = ListingJson.object();
        root.put("time", time().toString());
        root.put("worker", first.worker());
        received.ifPresent(frame -> {
            root.put("port", ports.get(frame.port()));
            root.put("packet", FrameText.of(frame.bytes()));
        });
        root.put("outcome", outcome().map(Outcome::name).orElse(null));
        root.put("meaning", outcome().map(Outcome::meaning).orElse(null));
        if (received.isEmpty()) {
            root.put("madeBy", maker());
        }
        connection()
                .ifPresent(seen -> {
                    ObjectNode node = root.putObject("connection");
                    node.put("protocol", seen.protocol);
                    node.put("client", seen.client.toString());
                    node.put("virtual", seen.virtual.toString());
                    node.put("local", seen.local.map(Objects::toString).orElse(null));
                    node.put("server", seen.server.map(Objects::toString).orElse(null));
                });
        sent.ifPresent(frame -> {
            ObjectNode node = root.putObject("sent");
            node.put("port", ports.get(frame.port()));
            node.put("to", nextHop(frame));
            node.put("packet", FrameText.of(frame.bytes()));
        });
        return root;
    }
}
