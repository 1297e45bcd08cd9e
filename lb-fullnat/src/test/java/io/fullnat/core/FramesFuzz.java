// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.Memory;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Icmpv6;
import io.fullnat.core.packet.Ipv6;
import java.time.Duration;

/// Frames of any bytes, at either port of a whole balancer: the target `frames` of `./build fuzz`.
///
/// The input is a list of steps: a byte that says what to do, and what belongs to it. See [#step].
final class FramesFuzz {
    private static final int IP = 14;
    private static final FuzzRun RUN = new FuzzRun(FramesFuzz::run);

    private FramesFuzz() {}

    /// Called by the fuzzer, and by [CorpusTest].
    public static void fuzzerTestOneInput(byte[] input) {
        RUN.run(input);
    }

    private static void run(FuzzBytes bytes, FuzzBalancer balancer) {
        while (!bytes.isEmpty()) {
            step(balancer, bytes);
        }
    }

    private static void step(FuzzBalancer balancer, FuzzBytes bytes) {
        int what = bytes.next();
        boolean fromClient = (what & 1) == 0;
        switch (what >> 1 & 3) {
            case 0 -> balancer.send(fromClient, bytes.next(bytes.nextShort() % 2048));
            case 1 -> balancer.send(fromClient, addressed(fromClient, false, bytes));
            case 2 -> {
                byte[] frame = addressed(fromClient, true, bytes);
                if ((what & 16) != 0) {
                    ipv6(frame);
                } else {
                    frame[12] = 8;
                    repair(frame);
                }
                balancer.send(fromClient, frame);
            }
            default -> balancer.pass(Duration.ofMillis(bytes.nextShort()));
        }
        if ((what & 8) != 0) {
            balancer.run();
        }
    }

    /// A frame to the port's own address, as otherwise each input had to find that first.
    ///
    /// @param ip whether room is left for its type
    private static byte[] addressed(boolean fromClient, boolean ip, FuzzBytes bytes) {
        byte[] payload = bytes.next(bytes.nextShort() % 1600);
        byte[] frame = new byte[12 + (ip ? 2 : 0) + payload.length];
        mac(fromClient ? Rig.WAN_MAC : Rig.LAN_MAC, frame, 0);
        mac(fromClient ? Rig.CLIENT_MAC : Rig.SERVER_MAC, frame, 6);
        System.arraycopy(payload, 0, frame, frame.length - payload.length, payload.length);
        return frame;
    }

    /// Makes a frame one of IPv6, and gives a message of ICMPv6 behind the IP header the checksum
    /// it needs, where all of it is there.
    static void ipv6(byte[] frame) {
        frame[12] = (byte) 0x86;
        frame[13] = (byte) 0xDD;
        int available = frame.length - IP - Ipv6.HEADER_LENGTH;
        if (available < Icmpv6.HEADER_LENGTH || frame[IP + 6] != Ipv6.NEXT_HEADER_ICMP) {
            return;
        }
        long address = Memory.allocate(frame.length);
        try {
            Memory.fromBytes(frame, address);
            long ip = address + IP;
            int length = Ipv6.payloadLength(ip);
            if (length >= Icmpv6.HEADER_LENGTH && length <= available) {
                long icmp = ip + Ipv6.HEADER_LENGTH;
                int sum = Checksum.transport6(ip, Ipv6.NEXT_HEADER_ICMP, icmp, length);
                frame[IP + Ipv6.HEADER_LENGTH + 2] = (byte) (sum >> 8);
                frame[IP + Ipv6.HEADER_LENGTH + 3] = (byte) sum;
            }
        } finally {
            Memory.free(address);
        }
    }

    private static void mac(String text, byte[] frame, int at) {
        long value = MacAddress.parse(text).bits();
        for (int i = 0; i < 6; i++) {
            frame[at + i] = (byte) (value >> (40 - 8 * i));
        }
    }

    /// Gives an IPv4 header the checksum it needs, where all of it is there.
    static void repair(byte[] frame) {
        int header = frame.length <= IP ? 0 : (frame[IP] & 15) * 4;
        if (header < 20 || frame.length < IP + header) {
            return;
        }
        long address = Memory.allocate(frame.length);
        try {
            Memory.fromBytes(frame, address);
            int sum = Checksum.ipv4Header(address + IP);
            frame[IP + 10] = (byte) (sum >> 8);
            frame[IP + 11] = (byte) sum;
        } finally {
            Memory.free(address);
        }
    }
}
