// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.connection;

import io.fullnat.api.io.Memory;
import io.fullnat.core.memory.Region;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// The keys of a connection that IPv6 takes part in. A key of IPv4 has one word of addresses, a key
/// of IPv6 four.
record WideTuples(List<Long> inAddresses, long inPorts, List<Long> outAddresses, long outPorts)
        implements KeyPair {
    private static final int[] PROTOCOLS = {6, 17};

    /// Each bit of the addresses counts: few differ from others in more than one.
    static WideTuples random(RandomGenerator random, boolean inWide, boolean outWide) {
        int protocol = PROTOCOLS[random.nextInt(2)];
        return new WideTuples(
                addresses(random, inWide, 0),
                ConnectionKey.portsAndProtocol(random.nextInt(), protocol),
                addresses(random, outWide, 1L << 40),
                ConnectionKey.portsAndProtocol(random.nextInt(), protocol));
    }

    private static List<Long> addresses(RandomGenerator random, boolean wide, long direction) {
        if (!wide) {
            return List.of(random.nextInt(8) | direction);
        }
        long[] words = {0xB80D_0120L, direction, 0xB80D_0120L, 0};
        words[random.nextInt(4)] ^= 1L << random.nextInt(24);
        return Arrays.stream(words).boxed().toList();
    }

    @Override
    public long openIn(ConnectionTable table) {
        try (FlowKey in = new FlowKey();
                FlowKey out = new FlowKey();
                Region memory = Region.allocate(FlowKey.WIDE_LENGTH, "a test")) {
            fill(in, inAddresses, inPorts, memory);
            fill(out, outAddresses, outPorts, memory);
            return table.wide().open(in, out, 0);
        }
    }

    private static void fill(FlowKey key, List<Long> addresses, long ports, Region memory) {
        if (addresses.size() == 1) {
            key.ipv4(addresses.getFirst(), ports);
        } else {
            key.ipv6(write(addresses, memory), ports);
        }
    }

    /// The addresses as they lie in a packet.
    static long write(List<Long> addresses, Region memory) {
        for (int i = 0; i < addresses.size(); i++) {
            Memory.putLong(memory.address() + i * 8L, addresses.get(i));
        }
        return memory.address();
    }

    @Override
    public long inboundFlow(ConnectionTable table) {
        return find(table, inAddresses, inPorts);
    }

    @Override
    public long outboundFlow(ConnectionTable table) {
        return find(table, outAddresses, outPorts);
    }

    static long find(ConnectionTable table, List<Long> addresses, long ports) {
        if (addresses.size() == 1) {
            return table.find(addresses.getFirst(), ports);
        }
        try (Region memory = Region.allocate(FlowKey.WIDE_LENGTH, "a test")) {
            long at = write(addresses, memory);
            WideConnections wide = table.wide();
            return wide.find(wide.hash(at, ports), at, ports);
        }
    }
}
