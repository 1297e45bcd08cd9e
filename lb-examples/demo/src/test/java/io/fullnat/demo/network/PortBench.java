// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.MacAddress;
import io.fullnat.api.io.PacketPort;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.NetworkNamespace;
import io.fullnat.dpdk.DpdkConfig;
import io.fullnat.dpdk.DpdkIo;
import io.fullnat.dpdk.DpdkPortConfig;
import io.fullnat.dpdk.Hugepages;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// A bench of the kernel's interfaces. At their far ends the kernels have no addresses and say
/// nothing; frames are sent and received there by packet sockets that know nothing of ours.
final class PortBench extends OutcomeBench {
    private static final String WAN = "outside";
    private static final String LAN = "inside";
    private static final String FAR = "far";

    private final Wires wires;
    private final PacketPort wan;

    /// Three namespaces and the wires between them, which one bench after the other uses.
    static final class Wires implements AutoCloseable {
        private final List<NetworkNamespace> namespaces = new ArrayList<>();
        private final NetworkNamespace balancer;
        private final RawLink client;
        private final RawLink server;

        Wires() {
            String prefix = "fullnat-outcome-" + ProcessHandle.current().pid() + "-";
            balancer = namespace(prefix + "balancer");
            client = end(namespace(prefix + "client"), WAN);
            server = end(namespace(prefix + "server"), LAN);
        }

        private NetworkNamespace namespace(String name) {
            NetworkNamespace made = NetworkNamespace.create(name);
            namespaces.add(made);
            return made;
        }

        private RawLink end(NetworkNamespace far, String near) {
            Lab.link(balancer, near, far, FAR);
            return RawLink.listening(far, FAR);
        }

        /// Changes an interface of the balancer's.
        void set(String device, String... words) {
            List<String> command = new ArrayList<>(List.of("link", "set", device));
            command.addAll(List.of(words));
            balancer.ip(command.toArray(String[]::new));
        }

        @Override
        public void close() {
            client.close();
            server.close();
            namespaces.forEach(NetworkNamespace::close);
        }
    }

    PortBench(Wires wires, Settings settings) {
        this(wires, wires.balancer.call(() -> open(settings)), settings);
    }

    private PortBench(Wires wires, DpdkIo io, Settings settings) {
        super(io, settings);
        this.wires = wires;
        wan = io.ports().getFirst();
        arrived(); // what was left by the one before
        for (PacketPort port : io.ports()) {
            awaitLink(port, true);
        }
    }

    private static DpdkIo open(Settings settings) {
        return DpdkIo.open(
                DpdkConfig.builder()
                        .workers(settings.workers())
                        .hugepages(Hugepages.NONE)
                        .buffers(8191)
                        .port(port("wan", WAN, WAN_MAC, settings))
                        .port(port("lan", LAN, LAN_MAC, settings).withMtu(settings.lanMtu()))
                        .build());
    }

    private static DpdkPortConfig port(String name, String device, String mac, Settings settings) {
        return DpdkPortConfig.of(name, "af_packet:" + device)
                .withQueues(settings.workers())
                .withMac(MacAddress.parse(mac));
    }

    @Override
    void transmit(boolean fromClient, byte[] frame) {
        (fromClient ? wires.client : wires.server).send(frame);
    }

    @Override
    List<byte[]> arrived() {
        List<byte[]> frames = new ArrayList<>(wires.client.receiveAll());
        frames.addAll(wires.server.receiveAll());
        return frames;
    }

    @Override
    void cutClients() {
        wires.set(WAN, "down");
        awaitLink(wan, false);
    }

    private static void awaitLink(PacketPort port, boolean up) {
        long start = System.nanoTime();
        while (port.link().up() != up) {
            assertThat(System.nanoTime() - start).as("ns").isLessThan(PATIENCE_NS);
            LockSupport.parkNanos(1);
        }
    }

    /// Gives the balancer's interface towards the server a smaller MTU than the port has.
    void shrinkServersLink(int mtu) {
        wires.set(LAN, "mtu", Integer.toString(mtu));
    }

    @Override
    public void close() {
        super.close();
        wires.set(WAN, "up");
        wires.set(LAN, "mtu", "1500");
    }
}
