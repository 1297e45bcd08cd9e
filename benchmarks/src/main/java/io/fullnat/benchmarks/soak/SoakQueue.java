// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.benchmarks.loop.LoopPool;
import io.fullnat.benchmarks.loop.PacketMaker;
import io.fullnat.benchmarks.loop.SentSample;
import io.fullnat.core.packet.Checksum;
import io.fullnat.core.packet.Ethernet;
import io.fullnat.core.packet.Ipv4;
import io.fullnat.core.packet.Udp;
import java.lang.foreign.Arena;

/// Receives what a source makes, and the answers of real servers to what was sent before. Belongs
/// to the worker, but for [#play(PacketSource)].
final class SoakQueue implements PortQueue {
    private final Arena arena = Arena.ofShared();
    private final LoopPool pool = new LoopPool(arena);
    private final PacketMaker udp =
            PacketMaker.udp(arena, SoakTopology.STEADY.endpoint(), SoakTopology.ANSWERING);
    private final PacketMaker tcp =
            PacketMaker.tcp(arena, SoakTopology.TCP_CHURN.endpoint(), SoakTopology.ANSWERING, 0);
    private final long[] answers = new long[LoopPool.BUFFERS];
    private final long[] answerData = new long[answers.length];
    private final SentSample sample = new SentSample(SoakQueue::verify);
    private int answersTaken;
    private int answersMade;
    private volatile PacketSource source = PacketSource.NONE;

    Arena arena() {
        return arena;
    }

    LoopPool pool() {
        return pool;
    }

    /// Takes packets from a source from now on.
    void play(PacketSource next) {
        source = next;
    }

    void close() {
        arena.close();
    }

    @Override
    public int receive(PacketBurst burst) {
        burst.clear();
        if (answersTaken < answersMade) {
            handOutAnswers(burst);
            return burst.size();
        }
        PacketSource present = source;
        while (!burst.isFull() && pool.available() > 0) {
            long buffer = pool.take();
            long data = buffer + BufferPool.HEADROOM;
            if (!present.make(data)) {
                pool.free(buffer);
                break;
            }
            burst.add(buffer, data, PacketMaker.LENGTH, PacketBurst.IP_CHECKSUM_GOOD);
        }
        return burst.size();
    }

    private void handOutAnswers(PacketBurst burst) {
        while (answersTaken < answersMade && !burst.isFull()) {
            long buffer = answers[answersTaken];
            long data = answerData[answersTaken++];
            burst.add(buffer, data, PacketMaker.LENGTH, PacketBurst.IP_CHECKSUM_GOOD);
        }
        if (answersTaken == answersMade) {
            answersTaken = 0;
            answersMade = 0;
        }
    }

    @Override
    public int transmit(PacketBurst burst) {
        int size = burst.size();
        sample.look(burst);
        for (int i = 0; i < size; i++) {
            long data = burst.data(i);
            if (isForServer(data)) {
                int protocol = Ipv4.protocol(data + Ethernet.HEADER_LENGTH);
                (protocol == Ipv4.PROTOCOL_TCP ? tcp : udp).answer(data);
                answers[answersMade] = burst.buffer(i);
                answerData[answersMade++] = data;
            } else {
                pool.free(burst.buffer(i));
            }
        }
        return size;
    }

    /// The balancer also sends what it says itself: ARP, ICMP errors, resets.
    private static boolean isForServer(long data) {
        long ip = data + Ethernet.HEADER_LENGTH;
        return Ethernet.type(data) == Ethernet.TYPE_IPV4
                && Ipv4.protocol(ip) != Ipv4.PROTOCOL_ICMP
                && Udp.destinationPort(ip + Ipv4.MIN_HEADER_LENGTH) == SoakTopology.ANSWERING;
    }

    private static void verify(long data) {
        long ip = data + Ethernet.HEADER_LENGTH;
        if (Ethernet.type(data) != Ethernet.TYPE_IPV4) {
            return;
        }
        if (Ipv4.protocol(ip) != Ipv4.PROTOCOL_ICMP) {
            PacketMaker.verify(data);
        } else if (!Checksum.isIpv4HeaderValid(ip) || !Checksum.isIcmpValid(ip)) {
            throw new IllegalStateException("a wrong checksum in an ICMP error");
        }
    }
}
