// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.packet.Tcp;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One TCP connection through a [Rig], segment by segment: both ends keep honest sequence numbers,
/// and a test puts in between what honest ends would not send.
final class TcpFlow {
    static final int CLIENT_ISN = 0x7FFF_FF00;
    static final int SERVER_ISN = 0xFFFF_FF00;

    final Rig rig;
    final int clientPort;
    int localPort;

    /// The next sequence number of either end.
    int clientNext = CLIENT_ISN;

    int serverNext = SERVER_ISN;

    /// How far either end has received.
    int clientGot;

    int serverGot;

    TcpFlow(Rig rig, int clientPort) {
        this.rig = rig;
        this.clientPort = clientPort;
    }

    /// A connection after its handshake.
    static TcpFlow established(Rig rig, int clientPort) {
        TcpFlow flow = new TcpFlow(rig, clientPort);
        flow.synReceived();
        flow.acknowledgeFromClient();
        return flow;
    }

    /// A connection whose client has not yet answered the SYN-ACK.
    void synReceived() {
        syn();
        assertThat(
                        rig.serverSends(
                                server().flags(Tcp.SYN | Tcp.ACK)
                                        .sequence(serverNext)
                                        .acknowledgement(serverGot)))
                .hasSize(1);
        clientGot = ++serverNext;
    }

    void syn() {
        List<byte[]> out = rig.clientSends(client().flags(Tcp.SYN).sequence(clientNext));
        assertThat(out).hasSize(1);
        localPort = IpFrame.sourcePort(out.getFirst());
        serverGot = ++clientNext;
    }

    /// The server's answer to the SYN, which nothing follows yet.
    void synAck() {
        rig.serverSends(
                server().flags(Tcp.SYN | Tcp.ACK).sequence(serverNext).acknowledgement(serverGot));
    }

    PacketBuilder client() {
        return rig.request().tcp(clientPort, 80);
    }

    PacketBuilder server() {
        return rig.answer().tcp(8080, localPort);
    }

    PacketBuilder clientSegment(int flags) {
        return client().flags(flags).sequence(clientNext).acknowledgement(clientGot);
    }

    PacketBuilder serverSegment(int flags) {
        return server().flags(flags).sequence(serverNext).acknowledgement(serverGot);
    }

    List<byte[]> acknowledgeFromClient() {
        return rig.clientSends(clientSegment(Tcp.ACK));
    }

    List<byte[]> acknowledgeFromServer() {
        return rig.serverSends(serverSegment(Tcp.ACK));
    }

    /// The client sends some bytes, the server acknowledges and answers, the client acknowledges;
    /// each segment must arrive.
    void exchange() {
        exchange(100);
    }

    void exchange(int bytes) {
        clientData(bytes);
        acknowledgeFromServer();
        serverData(bytes);
        assertThat(acknowledgeFromClient()).as("the client's acknowledgement").hasSize(1);
    }

    void clientData(int bytes) {
        assertThat(rig.clientSends(clientSegment(Tcp.ACK | Tcp.PSH).payload(new byte[bytes])))
                .as("the client's data")
                .hasSize(1)
                .allMatch(this::isToServer);
        clientNext += bytes;
        serverGot = clientNext;
    }

    void serverData(int bytes) {
        assertThat(rig.serverSends(serverSegment(Tcp.ACK | Tcp.PSH).payload(new byte[bytes])))
                .as("the server's data")
                .hasSize(1)
                .allMatch(this::isToClient);
        serverNext += bytes;
        clientGot = serverNext;
    }

    void clientCloses() {
        assertThat(rig.clientSends(clientSegment(Tcp.FIN | Tcp.ACK))).hasSize(1);
        serverGot = ++clientNext;
        acknowledgeFromServer();
    }

    void serverCloses() {
        assertThat(rig.serverSends(serverSegment(Tcp.FIN | Tcp.ACK))).hasSize(1);
        clientGot = ++serverNext;
        acknowledgeFromClient();
    }

    private boolean isToServer(byte[] frame) {
        return isFrom(frame, rig.families.locals().getFirst());
    }

    private boolean isToClient(byte[] frame) {
        return isFrom(frame, rig.families.vip());
    }

    private static boolean isFrom(byte[] frame, String address) {
        return IpFrame.source(frame).equals(IpAddress.parse(address))
                && (IpFrame.tcpFlags(frame) & Tcp.RST) == 0;
    }

    /// The connection as listings show it, while there is one.
    Optional<ConnectionInfo> info() {
        List<ConnectionInfo> found = new ArrayList<>();
        rig.balancer
                .control()
                .connections(
                        ConnectionFilter.ALL,
                        connection -> {
                            if (connection.client().port() == clientPort) {
                                found.add(connection);
                            }
                            return true;
                        });
        assertThat(found).hasSizeLessThan(2);
        return found.stream().findFirst();
    }

    /// The state as listings show it; "none" if the connection has ended.
    String state() {
        return info().map(ConnectionInfo::state).orElse("none");
    }
}
