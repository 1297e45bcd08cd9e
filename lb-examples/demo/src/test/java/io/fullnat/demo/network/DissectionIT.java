// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.Change;
import io.fullnat.api.control.Control;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.service.ClientDisclosure;
import io.fullnat.api.service.ProxyProtocol;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.ServicePolicy;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What tshark's own dissectors read on the servers' links of what servers are told: of PROXY
/// headers each field, of the option of UOA kind and length, as it does not know what is in it, and
/// its bytes. It is the real client, by the address and the port that it has.
@NetworkTest
@Timeout(240)
class DissectionIT {
    private static final int CONNECTIONS = 3;
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final Pattern OPTION =
            Pattern.compile("\"Unknown \\(0x1f\\) \\((\\d+) bytes\\)\".* value=\"([0-9a-f]+)\"");
    private static final ClientDisclosure IPO =
            ClientDisclosure.NONE.withUoa(ClientDisclosure.Uoa.IPO);

    private static void change(
            Scene scene, Protocol protocol, FamilyPair pair, UnaryOperator<ServicePolicy> how) {
        ServiceKey key =
                new ServiceKey(protocol, protocol == Protocol.TCP ? pair.http() : pair.echo());
        Control control = scene.balancer.engine().control();
        ServicePolicy policy = requireNonNull(control.desired().services().get(key)).policy();
        control.apply(new Change.SetPolicy(key, how.apply(policy)));
    }

    /// Servers here answer a header by 400: that they have answered means that they got it.
    ///
    /// @return the clients, as `address|port`
    private static List<String> ask(FamilyPair pair) throws IOException {
        List<String> clients = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            try (Socket socket = new Socket()) {
                socket.setSoTimeout(20_000);
                socket.connect(address(pair.http()), 20_000);
                socket.getOutputStream().write(REQUEST);
                assertThat(socket.getInputStream().read()).isNotNegative();
                clients.add(pair.clients.client() + "|" + socket.getLocalPort());
            }
        }
        return clients;
    }

    private static InetSocketAddress address(Endpoint endpoint) {
        return new InetSocketAddress(endpoint.address().toString(), endpoint.port());
    }

    /// Sends datagrams from a port each; nobody answers what is in front of them.
    private static List<String> send(FamilyPair pair) throws IOException {
        List<String> clients = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.connect(address(pair.echo()));
                socket.send(new DatagramPacket(REQUEST, REQUEST.length));
                clients.add(pair.clients.client() + "|" + socket.getLocalPort());
            }
        }
        return clients;
    }

    /// What a header of a client says, in the fields of [#headers].
    private static String header(Endpoint virtual, String client, boolean tcp, int version) {
        boolean ipv4 = virtual.address().bitLength() == 32;
        List<String> ends = List.of(client.split("\\|", 2));
        String both = ends.getFirst() + "|" + virtual.address();
        String ports = ends.getLast() + "|" + virtual.port();
        String addresses = ipv4 ? both + "||" : "||" + both;
        String rest =
                version == 1
                        ? (ipv4 ? "TCP4" : "TCP6") + "||||"
                        : "|1|0x0%d|0x0%d|%d".formatted(ipv4 ? 1 : 2, tcp ? 1 : 2, ipv4 ? 12 : 36);
        return addresses + "|" + ports + "|" + rest;
    }

    private static List<String> headers(Capture server) throws Exception {
        return server.rows(
                "proxy",
                "proxy.src.ipv4",
                "proxy.dst.ipv4",
                "proxy.src.ipv6",
                "proxy.dst.ipv6",
                "proxy.srcport",
                "proxy.dstport",
                "proxy.v1.proto",
                "proxy.v2.cmd",
                "proxy.v2.addr_family",
                "proxy.v2.protocol",
                "proxy.v2.length");
    }

    @ParameterizedTest
    @EnumSource(names = {"V1", "V2"})
    void headersNameTheClient(ProxyProtocol form) throws Exception {
        NetworkCondition.requireIpv6();
        boolean datagrams = form.version() == 2;
        Set<String> expected = new TreeSet<>();
        Set<String> read = new TreeSet<>();
        try (Scene scene = Scene.dualStack(1500);
                Capture first = new Capture(scene.lab.server(1), "eth0");
                Capture second = new Capture(scene.lab.server(2), "eth0")) {
            for (FamilyPair pair : FamilyPair.values()) {
                change(scene, Protocol.TCP, pair, policy -> policy.withProxyProtocol(form));
                for (String client : scene.lab.client().call(() -> ask(pair))) {
                    expected.add(header(pair.http(), client, true, form.version()));
                }
                if (datagrams) { // after streams: addresses are ready
                    change(scene, Protocol.UDP, pair, policy -> policy.withProxyProtocol(form));
                    for (String client : scene.lab.client().call(() -> send(pair))) {
                        expected.add(header(pair.echo(), client, false, 2));
                    }
                }
            }
            for (Capture server : List.of(first, second)) {
                server.stop();
                read.addAll(headers(server));
                assertThat(server.packets("_ws.malformed")).isZero();
            }
        }
        int each = datagrams ? 2 * CONNECTIONS : CONNECTIONS;
        assertThat(expected).hasSize(each * FamilyPair.values().length);
        assertThat(read).isEqualTo(expected);
    }

    /// tshark has no name for options of this kind, but for their kind and length, and finds UDP
    /// behind them.
    @Test
    void anOptionOfIpv4NamesTheClient() throws Exception {
        NetworkCondition.requireIpv6(); // of the scene
        FamilyPair pair = FamilyPair.V4_TO_V4;
        List<String> clients;
        List<String> read = new ArrayList<>();
        try (Scene scene = Scene.dualStack(1500);
                Capture first = new Capture(scene.lab.server(1), "eth0");
                Capture second = new Capture(scene.lab.server(2), "eth0")) {
            scene.lab.client().call(() -> ask(pair)); // neighbours are known
            change(scene, Protocol.UDP, pair, policy -> policy.withDisclosure(IPO));
            clients = scene.lab.client().call(() -> send(pair));
            for (Capture server : List.of(first, second)) {
                server.stop();
                String datagrams = "udp.dstport == " + Scene.ECHO_PORT;
                for (String line : server.dissected(datagrams)) {
                    Matcher option = OPTION.matcher(line);
                    if (option.find()) {
                        read.add(told(option.group(1), option.group(2)));
                    }
                }
                assertThat(server.packets(datagrams + " && ip.hdr_len != 28")).isZero();
                assertThat(server.packets("_ws.malformed")).isZero();
            }
            assertThat(scene.balancer.engine().counters().total(Counter.UOA_SENT))
                    .isEqualTo(CONNECTIONS);
        }
        assertThat(read).containsExactlyInAnyOrderElementsOf(clients);
    }

    /// The client in an option, as `address|port`.
    private static String told(String length, String hex) {
        ByteBuffer option = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        assertThat(length).isEqualTo("8");
        assertThat(option.remaining()).isEqualTo(8);
        assertThat(option.getShort()).as("kind and length").isEqualTo((short) 0x1F08);
        int port = option.getShort() & 0xFFFF;
        return IpAddress.of(0, IpAddress.mapped(option.getInt())) + "|" + port;
    }
}
