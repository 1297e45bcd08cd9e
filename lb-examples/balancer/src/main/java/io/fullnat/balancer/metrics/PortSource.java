// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.metrics;

import io.fullnat.api.BalancerException;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortStatistics;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What ports, the kernel's interfaces beside them, and the memory of packets tell. A port that
/// does not answer, as it is being closed, is left out. Thread-safe.
final class PortSource implements Source {
    private static final Family UP =
            Family.gauge("fullnat_port_up", "Whether packets can pass the link", "port");
    private static final Family SPEED =
            Family.gauge(
                    "fullnat_port_speed_bytes", "Bytes a second of the link, if known", "port");
    private static final Family DRIVER =
            Family.unknown(
                    "fullnat_port_driver_value",
                    "What else the device counts, by names of its own",
                    "port",
                    "name");
    private static final Family BUFFERS =
            Family.gauge(
                    "fullnat_port_buffers",
                    "Packet buffers of the pool from which the port takes its own",
                    "port",
                    "state");
    private static final Family DESCRIPTORS =
            Family.gauge(
                    "fullnat_port_descriptors",
                    "Descriptors of each of the port's queues: packets that it has room for",
                    "port",
                    "direction");
    private static final Family WAITING =
            Family.gauge(
                    "fullnat_port_receive_waiting_packets",
                    "Packets that waited in a receive queue when its worker asked last, if the"
                            + " driver tells",
                    "port",
                    "queue");
    private static final Family BUFFERS_IN_USE =
            Family.gauge(
                    "fullnat_buffers_in_use",
                    "Packet buffers in devices' queues, bursts and caches of workers");

    private static final Counts PORT = new Counts("port", "", "port");
    private static final Counts KERNEL =
            new Counts(
                    "kernel_interface",
                    ", of the kernel's interface beside the port",
                    "port",
                    "interface");

    private static final Map<String, String> POOL_STATES =
            Map.of("mbuf-avail", "free", "mbuf-inuse", "in_use");

    private static final Map<String, String> DIRECTIONS =
            Map.of("rx-descriptors", "receive", "tx-descriptors", "transmit");

    private static final double BYTES_A_MEGABIT = 125_000;

    private final PacketIo io;

    PortSource(PacketIo io) {
        this.io = io;
    }

    /// What devices and interfaces count.
    private record Counts(
            Family receivedPackets,
            Family receivedBytes,
            Family sentPackets,
            Family sentBytes,
            Family missed,
            Family receiveErrors,
            Family sendErrors,
            Family noBuffer) {
        Counts(String of, String where, String... labels) {
            this(
                    counter(of, "receive_packets", "Packets received" + where, labels),
                    counter(of, "receive_bytes", "Bytes received" + where, labels),
                    counter(of, "transmit_packets", "Packets sent" + where, labels),
                    counter(of, "transmit_bytes", "Bytes sent" + where, labels),
                    counter(
                            of,
                            "receive_missed_packets",
                            "Packets that found no descriptor free, as the worker was too slow"
                                    + where,
                            labels),
                    counter(of, "receive_errors", "Packets that arrived damaged" + where, labels),
                    counter(
                            of,
                            "transmit_errors",
                            "Packets that could not be sent" + where,
                            labels),
                    counter(
                            of,
                            "receive_no_buffer",
                            "Packets that arrived while the pool was empty" + where,
                            labels));
        }

        private static Family counter(String of, String name, String help, String... labels) {
            return Family.counter("fullnat_" + of + "_" + name, help, labels);
        }

        Stream<Family> families() {
            return Stream.of(
                    receivedPackets,
                    receivedBytes,
                    sentPackets,
                    sentBytes,
                    missed,
                    receiveErrors,
                    sendErrors,
                    noBuffer);
        }

        void read(Samples samples, Labels labels, PortStatistics counts) {
            samples.add(receivedPackets, labels, counts.receivedPackets());
            samples.add(receivedBytes, labels, counts.receivedBytes());
            samples.add(sentPackets, labels, counts.sentPackets());
            samples.add(sentBytes, labels, counts.sentBytes());
            samples.add(missed, labels, counts.missed());
            samples.add(receiveErrors, labels, counts.receiveErrors());
            samples.add(sendErrors, labels, counts.sendErrors());
            samples.add(noBuffer, labels, counts.noBuffer());
        }
    }

    @Override
    public List<Family> families() {
        return Stream.of(
                        Stream.of(UP, SPEED),
                        PORT.families(),
                        Stream.of(DESCRIPTORS, WAITING, DRIVER, BUFFERS, BUFFERS_IN_USE),
                        KERNEL.families())
                .flatMap(part -> part)
                .toList();
    }

    @Override
    public void read(Samples samples) {
        if (!samples.wantsAny(families())) {
            return;
        }
        for (PacketPort port : new ArrayList<>(io.ports())) {
            try {
                read(samples, port);
            } catch (BalancerException closed) {
                // what it has told before it was closed is right
            }
        }
        samples.add(BUFFERS_IN_USE, io.buffers(0).inUse());
    }

    private static void read(Samples samples, PacketPort port) {
        Labels labels = Labels.of("port", port.name());
        LinkState link = port.link();
        samples.add(UP, labels, link.up() ? 1 : 0);
        if (link.speedMbps() > 0) {
            samples.add(SPEED, labels, link.speedMbps() * BYTES_A_MEGABIT);
        }
        PORT.read(samples, labels, port.statistics());
        port.description()
                .numbers()
                .forEach((name, value) -> {
                    String state = POOL_STATES.get(name);
                    if (state != null) {
                        samples.add(BUFFERS, value, port.name(), state);
                    }
                    String direction = DIRECTIONS.get(name);
                    if (direction != null) {
                        samples.add(DESCRIPTORS, value, port.name(), direction);
                    }
                });
        for (int queue = 0; queue < port.queueCount(); queue++) {
            String number = String.valueOf(queue);
            port.queue(queue)
                    .waiting()
                    .ifPresent(packets -> samples.add(WAITING, packets, port.name(), number));
        }
        port.details().forEach((name, value) -> samples.add(DRIVER, value, port.name(), name));
        port.puntPort()
                .ifPresent(kernel ->
                        KERNEL.read(
                                samples,
                                Labels.of("interface", kernel.name(), "port", port.name()),
                                kernel.statistics()));
    }
}
