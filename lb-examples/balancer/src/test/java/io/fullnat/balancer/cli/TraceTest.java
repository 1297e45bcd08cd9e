// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// What `fullnat trace` says of a packet's way, beside what the balancer does with such packets.
final class TraceTest {
    private static final String TUPLE = "tcp:198.51.100.7:40000:192.0.2.80:80";

    private static String line(String what, String finding) {
        return "%-12s %s".formatted(what, finding);
    }

    @Test
    void aNewConnectionIsFollowedToItsNeighbour() {
        try (CommandRig rig = CommandRig.withService()) {
            assertThat(rig.run("trace " + TUPLE).lines())
                    .containsExactly(
                            line("connection", "none has this tuple"),
                            line("service", "tcp 192.0.2.80:80, scheduler rr"),
                            line("lists", "the service has no deny and no allow"),
                            line(
                                    "first packet",
                                    "a SYN opens a connection; without SYN it ends as"
                                            + " NO_CONNECTION"),
                            line("server", "rr chooses of 10.0.1.11:8080 (weight 1)"),
                            line("local", "10.0.1.100 (0 ports in use, fullest pair 0 %)"),
                            line("route", "10.0.1.11 is on the link of lan"),
                            line("neighbour", "10.0.1.11 02:00:00:00:00:51 at lan, static"),
                            line("ends as", "FORWARDED_IN: translated and sent to a real server"));
        }
    }

    @Test
    void eachReasonToDropIsNamed() {
        try (CommandRig rig = CommandRig.withService()) {
            assertThat(ends(rig, "tcp:198.51.100.7:1:192.0.2.80:81")).isEqualTo("NO_SERVICE");
            assertThat(ends(rig, "udp:198.51.100.7:1:192.0.2.80:80")).isEqualTo("NO_SERVICE");
            assertThat(ends(rig, "tcp:198.51.100.7:1:192.0.2.1:80")).isEqualTo("NO_SERVICE");
            assertThat(ends(rig, "tcp:198.51.100.7:1:192.0.2.99:80")).isEqualTo("NOT_LOCAL");
            assertThat(ends(rig, "tcp:10.0.1.11:8080:10.0.1.100:4000")).isEqualTo("NO_CONNECTION");

            rig.done("deny add tcp 192.0.2.80:80 198.51.100.0/24");
            assertThat(ends(rig, TUPLE)).isEqualTo("ACCESS_DENIED");
            assertThat(rig.run("trace " + TUPLE).out())
                    .contains("kept out by deny 198.51.100.0/24");
            rig.done("deny remove tcp 192.0.2.80:80 198.51.100.0/24");
            rig.done("allow add tcp 192.0.2.80:80 203.0.113.0/24");
            assertThat(ends(rig, TUPLE)).isEqualTo("ACCESS_DENIED");
            rig.done("allow add tcp 192.0.2.80:80 198.51.100.7/32");
            assertThat(ends(rig, TUPLE)).isEqualTo("FORWARDED_IN");

            rig.done("server edit tcp 192.0.2.80:80 10.0.1.11:8080 --weight 0");
            assertThat(rig.run("trace " + TUPLE).out()).contains("10.0.1.11:8080, weight 0");
            assertThat(ends(rig, TUPLE)).isEqualTo("NO_REAL_SERVER");
        }
    }

    /// Which packet opens a connection is another with a SYN proxy: the end is that packet's.
    @Test
    void aSynProxyIsNamed() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.done("service edit tcp 192.0.2.80:80 --syn-proxy 100,scale=9");
            assertThat(rig.run("trace " + TUPLE).lines())
                    .contains(
                            line(
                                    "first packet",
                                    "syn-proxy 100,scale=9: while it is active a SYN ends as"
                                            + " SYN_ANSWERED, and the acknowledgement of its"
                                            + " cookie opens a connection, any other ends as"
                                            + " COOKIE_REFUSED"))
                    .noneMatch(line -> line.contains("NO_CONNECTION"));
            rig.done("service edit tcp 192.0.2.80:80 --syn-proxy off");
            assertThat(rig.run("trace " + TUPLE).out()).contains("a SYN opens a connection;");
        }
    }

    private static String ends(CommandRig rig, String tuple) {
        return rig.run("trace " + tuple).lines().getLast().substring(13).replaceFirst(":.*", "");
    }

    @Test
    void aKnownConnectionIsFollowedBothWays() {
        try (CommandRig rig = CommandRig.withService()) {
            rig.connect(40000);
            String there = rig.run("trace tcp:192.0.2.7:40000:192.0.2.80:80").out();
            assertThat(there)
                    .contains("known to worker ", "of service tcp 192.0.2.80:80")
                    .contains("to 10.0.1.11:8080", "FORWARDED_IN");
            assertThat(rig.run("trace tcp:192.0.2.80:80:192.0.2.7:40000").out())
                    .contains("from 192.0.2.80:80 to 192.0.2.7:40000");
        }
    }

    @Test
    void aFrameOrJsonDoAsWell() {
        try (CommandRig rig = CommandRig.withService()) {
            byte[] frame =
                    PacketBuilder.ethernet(CommandRig.CLIENT_MAC, CommandRig.WAN_MAC)
                            .ipv4("198.51.100.7", "192.0.2.80")
                            .tcp(40000, 80)
                            .flags(Tcp.SYN)
                            .toBytes();
            assertThat(rig.run("trace --frame " + HexFormat.of().formatHex(frame)).lines())
                    .startsWith(
                            line(
                                    "frame",
                                    "198.51.100.7:40000 > 192.0.2.80:80 tcp SYN seq 0 length 0"))
                    .endsWith(
                            line("ends as", "FORWARDED_IN: translated and sent to a real server"));
            assertThat(rig.run("trace --json " + TUPLE).out())
                    .contains("\"step\"", "\"outcome\"", "\"FORWARDED_IN\"");
        }
    }

    @Test
    void wrongOnesAreRefused() {
        try (CommandRig rig = CommandRig.withService()) {
            assertThat(rig.run("trace").status()).isEqualTo(2);
            assertThat(rig.run("trace x").err()).contains("is not PROTO:ADDRESS:PORT:ADDRESS:PORT");
            assertThat(rig.run("trace --frame 0g").err()).contains("hexadecimal");
            assertThat(rig.run("trace --frame 0102").err())
                    .contains("no whole packet of TCP or UDP");
            assertThat(rig.run("trace " + TUPLE + " --frame 00").status()).isEqualTo(2);
        }
    }
}
