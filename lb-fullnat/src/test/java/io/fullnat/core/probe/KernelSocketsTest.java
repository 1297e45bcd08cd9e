// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.health.ProbeTarget;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sockets that are used again and again, and how they are called.
@Timeout(60)
final class KernelSocketsTest {
    private static ProbeTarget target(String address, int port) {
        return new ProbeTarget(Endpoint.of(address, port), Optional.empty(), Peer.LONG);
    }

    private static void await(ConnectSocket socket) throws IOException, InterruptedException {
        boolean open = socket.connect();
        while (!open) {
            Thread.sleep(1);
            open = socket.isOpen();
        }
    }

    /// Each is as new: it opens the next connection, to another server, and one that is refused
    /// spoils none.
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void aSocketServesOneConnectionAfterTheOther(String address) throws Exception {
        KernelSockets sockets = new KernelSockets();
        int closed;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral(address))) {
            closed = server.getLocalPort();
        }
        try (ServerSocket one = new ServerSocket(0, 50, InetAddress.ofLiteral(address));
                ServerSocket other = new ServerSocket(0, 50, InetAddress.ofLiteral(address))) {
            Set<Integer> used = new HashSet<>();
            for (int turn = 0; turn < 6; turn++) {
                ServerSocket asked = turn % 2 == 0 ? one : other;
                ConnectSocket socket = sockets.open(target(address, asked.getLocalPort()));
                used.add(KernelSockets.number(socket));
                await(socket);
                socket.reset();
            }
            assertThat(used).hasSize(1);
            ConnectSocket refused = sockets.open(target(address, closed));
            assertThatThrownBy(() -> await(refused))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("Connection refused");
            refused.reset();
            ConnectSocket next = sockets.open(target(address, one.getLocalPort()));
            await(next);
            next.reset();
        }
        sockets.close();
    }

    /// It is given up before anybody has looked whether it is connected; over loopback it is by
    /// then. The kernel acknowledges late, after 40 ms, so nothing is waited for here.
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1"})
    void noProgramHearsOfOneThatIsGivenUp(String address) throws Exception {
        KernelSockets sockets = new KernelSockets();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.ofLiteral(address))) {
            ConnectSocket socket = sockets.open(target(address, server.getLocalPort()));
            socket.connect();
            socket.reset();
            server.setSoTimeout(200);
            assertThatThrownBy(server::accept).isInstanceOf(SocketTimeoutException.class);
        }
        sockets.close();
    }

    /// More than are kept at once; and what is closed is not taken again.
    @Test
    void manyAtOnce() throws Exception {
        KernelSockets sockets = new KernelSockets();
        try (ServerSocket server = new ServerSocket(0, 500, InetAddress.ofLiteral("127.0.0.1"))) {
            ArrayDeque<ConnectSocket> all = new ArrayDeque<>();
            for (int i = 0; i < 300; i++) {
                ConnectSocket each = sockets.open(target("127.0.0.1", server.getLocalPort()));
                all.add(each);
                await(each);
            }
            all.forEach(ConnectSocket::reset);
            sockets.close();
            ConnectSocket last = sockets.open(target("127.0.0.1", server.getLocalPort()));
            await(last);
            last.reset();
        }
        sockets.close();
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, true",
        "2001:db8::1, true",
        "fe7f::1, true",
        "fe80::1, false",
        "febf::1, false",
        "fec0::1, true"
    })
    void aLinkLocalAddressIsForTheRuntime(String address, boolean serves) {
        assertThat(KernelSockets.serves(target(address, 80))).isEqualTo(serves);
    }

    @Test
    void soIsWhatAsksFromACertainAddress() {
        ProbeTarget bound =
                new ProbeTarget(
                        Endpoint.of("192.0.2.1", 80),
                        Optional.of(IpAddress.parse("192.0.2.2")),
                        Peer.LONG);
        assertThat(KernelSockets.serves(bound)).isFalse();
    }

    @Test
    void whoMayNotCallGetsASocketOfTheRuntime() throws Exception {
        ConnectSocket socket = new ConnectSockets(false).open(target("127.0.0.1", 80));
        assertThat(socket).isInstanceOf(ChannelSocket.class);
        socket.reset();
    }

    /// The number of an error that the kernel says, and its text.
    @Test
    void aCallThatFailsGivesItsErrorNumber() {
        try (Arena arena = Arena.ofConfined()) {
            int result = LinuxCall.of("socket").call(LinuxCall.state(arena), 12_345, 1, 0, 0, 0);
            assertThat(result).isEqualTo(-97);
            assertThat(LinuxCall.describe(97))
                    .isEqualTo("Address family not supported by protocol");
        }
    }
}
