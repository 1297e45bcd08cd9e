// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import io.fullnat.api.io.Memory;
import java.util.random.RandomGenerator;

/// The keys of both directions of one connection.
record Tuples(long inAddresses, long inPorts, long outAddresses, long outPorts) implements KeyPair {
    private static final int TCP = 6;
    private static final int UDP = 17;

    /// Two keys that differ from those of any other number.
    static Tuples numbered(int number) {
        long in = ConnectionKey.portsAndProtocol(number, TCP);
        long out = ConnectionKey.portsAndProtocol(~number, TCP);
        return new Tuples(0x5000_00C0_0700_33C6L, in, 0x6401_000A_0B01_000AL, out);
    }

    /// Keys of few addresses and many ports, as of clients behind a gateway.
    static Tuples random(RandomGenerator random) {
        int protocol = random.nextBoolean() ? TCP : UDP;
        return new Tuples(
                random.nextInt(8),
                ConnectionKey.portsAndProtocol(random.nextInt(), protocol),
                random.nextInt(8) | 1L << 40,
                ConnectionKey.portsAndProtocol(random.nextInt(), protocol));
    }

    @Override
    public long openIn(ConnectionTable table) {
        return table.open(inAddresses, inPorts, outAddresses, outPorts);
    }

    /// Opens the connection and starts it as a client's first SYN does.
    long startIn(ConnectionTable table, int nowSeconds) {
        return startIn(table, ConnectionState.SYN_RECV, 30, nowSeconds);
    }

    long startIn(ConnectionTable table, ConnectionState state, int timeout, int nowSeconds) {
        long entry = openIn(table);
        if (entry != 0) {
            table.start(entry, state, timeout, nowSeconds);
        }
        return entry;
    }

    @Override
    public long inboundFlow(ConnectionTable table) {
        return table.find(inAddresses, inPorts);
    }

    @Override
    public long outboundFlow(ConnectionTable table) {
        return table.find(outAddresses, outPorts);
    }

    boolean isIn(ConnectionTable table) {
        return inboundFlow(table) != 0 && outboundFlow(table) != 0;
    }

    /// A packet of one direction was seen.
    static void packet(long entry, int direction, int nowSeconds) {
        long flow = entry + (long) direction * ConnectionLayout.FLOW_LENGTH;
        Memory.putInt(flow + ConnectionLayout.LAST_SEEN, nowSeconds);
    }
}
