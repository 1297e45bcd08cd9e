// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.MacAddress;
import io.fullnat.api.control.Change;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.BufferPool;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketBurst;
import io.fullnat.api.io.PortQueue;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.Neighbour;
import io.fullnat.api.service.LocalAddress;
import io.fullnat.api.service.QuicRouting;
import io.fullnat.api.service.RealServer;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memoryio.InMemoryIo;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A worker makes no garbage where connections begin by their QUIC connection ids: read, decrypted,
/// looked up, or hashed.
@Tag("optimized")
class QuicAllocationTest {
    private static final String KEY = " key 8f95f09245765f80256934e50c66207f";
    private static final int BURST = 32;
    private static final int CYCLES = 500;
    private static final int PERIODS = 4;
    private static final int PORT_OFFSET = 34;

    /// Ids of the draft's vectors, by which the server is found, but for the last.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0720b1d07b359d3c",
                "504dd2d05a7b0de9b2b9907afb5ecf8cc3",
                "2fcc381bc74cb4fbad2823a3d1f8fed2",
                "e00102030405060708"
            })
    void aConnectionBeginsWithoutGarbage(String id) throws Exception {
        try (MeasuredWorker worker = new MeasuredWorker(4_096)) {
            worker.apply(List.of(configuration()));
            Senders senders = new Senders(worker.io, id);
            senders.cycles(worker); // loads classes

            long allocated = Long.MAX_VALUE;
            for (int period = 0; period < PERIODS && allocated > 0; period++) {
                allocated = Math.min(allocated, senders.cycles(worker));
            }

            FullNatBalancer balancer = worker.balancer;
            assertThat(allocated).as("bytes allocated by cycles of the worker").isZero();
            assertThat(
                            balancer.counters().total(Counter.QUIC_IDS_FOLLOWED)
                                    + balancer.counters().total(Counter.QUIC_IDS_UNKNOWN))
                    .isEqualTo(balancer.counters().total(Counter.CONNECTIONS_CREATED))
                    .isGreaterThanOrEqualTo(2L * CYCLES * BURST);
            assertThat(balancer.counters().total(Counter.QUIC_IDS_FOLLOWED) > 0)
                    .isEqualTo(!id.startsWith("e0"));
        }
    }

    private static Change[] configuration() {
        ServicePolicy policy =
                ServicePolicy.DEFAULT
                        .withSchedulerOptions(Map.of("hash", "quic"))
                        .withQuic(
                                QuicRouting.parse(
                                        List.of(
                                                "config 0 server-id 3 nonce 4" + KEY,
                                                "config 1 server-id 10 nonce 5" + KEY,
                                                "config 2 server-id 8 nonce 8" + KEY)));
        RealServer server =
                RealServer.of(Rig.SERVER, 5353).toBuilder()
                        .quicIds(List.of("ed793a", "ed793a51d49b8f5fab65", "ed793a51d49b8f5f"))
                        .build();
        return new Change[] {
            new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", "wan")),
            new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
            new Change.SetNeighbour(
                    new Neighbour(
                            IpAddress.parse(Rig.SERVER), MacAddress.parse(Rig.SERVER_MAC), "lan")),
            new Change.AddService(
                    VirtualService.of(Rig.UDP)
                            .withScheduler("conhash")
                            .withPolicy(policy)
                            .withRealServer(server)
                            .withLocalAddress(LocalAddress.of(Rig.LOCAL, "lan")))
        };
    }

    /// Sends a datagram from another port each, until the first is forgotten.
    private static final class Senders {
        private final PortQueue sender;
        private final PortQueue receiver;
        private final BufferPool pool;
        private final PacketBurst out = new PacketBurst(BURST);
        private final PacketBurst in = new PacketBurst(BURST);
        private final byte[] template;
        private int number;

        Senders(InMemoryIo io, String id) {
            template =
                    Rig.fromClient()
                            .udp(1024, 53)
                            .noUdpChecksum()
                            .payload(HexFormat.of().parseHex("40" + id + "00".repeat(24)))
                            .toBytes();
            sender = io.wire("wan").far().queue(0);
            receiver = io.wire("lan").far().queue(0);
            pool = io.buffers();
        }

        /// What some cycles of a worker on this thread allocate, each with a burst.
        long cycles(MeasuredWorker worker) throws Exception {
            long allocated = 0;
            for (int i = 0; i < CYCLES; i++) {
                send();
                worker.clock.advance(Duration.ofSeconds(1));
                allocated += worker.work();
                while (receiver.receive(in) > 0) {
                    pool.freeAll(in);
                }
            }
            return allocated;
        }

        private void send() {
            out.clear();
            while (out.size() < BURST && pool.allocate(out)) {
                int last = out.size() - 1;
                long data = out.data(last);
                Memory.fromBytes(template, data);
                Memory.putNetworkShort(data + PORT_OFFSET, 1_024 + number % 60_000);
                number++;
                out.set(last, data, template.length);
            }
            int taken = sender.transmit(out);
            out.removeFirst(taken);
            pool.freeAll(out);
        }
    }
}
