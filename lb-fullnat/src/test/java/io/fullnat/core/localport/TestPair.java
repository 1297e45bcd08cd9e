// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.localport;

import io.fullnat.core.connection.ConnectionKey;
import io.fullnat.core.connection.ConnectionTable;
import io.fullnat.core.connection.FlowKey;

/// A local address and the real server 10.0.1.11:8080, or 2001:db8:1::b port 8080, of either
/// family, with the connections of a table between them.
final class TestPair implements AutoCloseable {
    static final int TCP = 6;

    /// 8080 as it lies in a packet.
    static final int SERVER_PORT = 0x901F;

    /// The family of both addresses.
    enum Family {
        IPV4,
        IPV6
    }

    private static final long CLIENT = 0x5000_00C0_0700_33C6L;
    private static final long SERVER = 0x0B01_000AL;
    private static final long SITE = 0x2001_0DB8_0001_0000L;

    private final Family family;
    private final ConnectionTable table;
    private final FlowKey client = new FlowKey();
    private final FlowKey answers = new FlowKey();
    private final long local;
    private final int serverPort;
    private final int protocol;

    TestPair(Family family, ConnectionTable table, long local) {
        this(family, table, local, SERVER_PORT, TCP);
    }

    TestPair(Family family, ConnectionTable table, long local, int serverPort, int protocol) {
        this.family = family;
        this.table = table;
        this.local = local;
        this.serverPort = serverPort;
        this.protocol = protocol;
        key(0);
    }

    /// A table for pairs of either family.
    static ConnectionTable table(Family family, int capacity, long seed) {
        return new ConnectionTable(
                capacity, seed, 0, (entry, evicted) -> {}, 1, family == Family.IPV6);
    }

    private boolean isWide() {
        return family == Family.IPV6;
    }

    private FlowKey key(int port) {
        long word = ConnectionKey.portsAndProtocol(LocalPorts.ports(serverPort, port), protocol);
        return isWide()
                ? answers.ipv6(SITE, 0x0B, SITE, local, word)
                : answers.ipv4(SERVER | local << 32, word);
    }

    /// Makes it the present one.
    void set(PortPair pair, long pairKey, ReturnPath path) {
        pair.set(pairKey, isWide(), key(0).addresses(), serverPort, protocol, path);
    }

    int choose(LocalPorts ports, PortAllocator allocator, ReturnPath path) {
        return isWide()
                ? ports.choose(allocator, key(0), path)
                : ports.choose(allocator, key(0).addresses(), serverPort, protocol, path);
    }

    void release(LocalPorts ports, PortAllocator allocator, int port) {
        ports.release(allocator, port, key(port));
    }

    int reclaim(LocalPorts ports, PortAllocator allocator, ReturnPath path) {
        return ports.reclaim(allocator, key(0), path);
    }

    /// Opens the connection of a client that has a local port; 0 if there is no room.
    long open(int clientPort, int port) {
        long in = ConnectionKey.portsAndProtocol(clientPort, protocol);
        long addresses = key(port).addresses();
        return isWide()
                ? table.wide().open(client.ipv6(SITE + 1, 1, SITE + 2, 2, in), answers, 0)
                : table.open(CLIENT, in, addresses, answers.portsAndProtocol());
    }

    /// The hash of the answers' key.
    long hash(int port) {
        long addresses = key(port).addresses();
        return isWide()
                ? table.wide().hash(answers)
                : table.hash(addresses, answers.portsAndProtocol());
    }

    /// Whether a connection has a local port.
    boolean isUsed(int port) {
        long hash = hash(port);
        long word = answers.portsAndProtocol();
        return (isWide()
                        ? table.wide().find(hash, answers.addresses(), word)
                        : table.find(answers.addresses(), word))
                != 0;
    }

    /// To which worker answers to a local port come.
    int owner(ReturnPath path, int port) {
        int ports = LocalPorts.ports(serverPort, port);
        return isWide()
                ? path.wideOwner(key(port).addresses(), ports)
                : path.owner(key(port).addresses(), ports);
    }

    @Override
    public void close() {
        client.close();
        answers.close();
    }
}
