// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.io.LinkState;
import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortCapabilities;
import io.fullnat.api.io.PortDescription;
import io.fullnat.api.io.PortStatistics;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.AnswerRouting;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// `dpip link show`: ports in DPVS's words.
///
/// @param name of one port, empty for all
/// @param statistics whether the device's counters are shown
/// @param verbose whether the device's capabilities are shown
/// @param json whether JSON, with all of it, is wanted instead
public record LinkListing(Optional<String> name, boolean statistics, boolean verbose, boolean json)
        implements Request.Listing {
    /// A port with its number, counted from 1.
    ///
    /// @param answers how the answers of real servers reach the worker that awaits them
    record Row(int number, PacketPort port, String answers) {}

    @Override
    public void print(Operations operations, PrintWriter out) {
        List<Row> rows = find(operations, name);
        if (json) {
            ListingJson.print(out, "links", rows, LinkListing::toJson);
            return;
        }
        StringBuilder text = new StringBuilder();
        rows.forEach(row -> append(text, row));
        out.print(text);
    }

    static List<Row> find(Operations operations, Optional<String> name) {
        List<Row> rows = new ArrayList<>();
        List<? extends PacketPort> ports = operations.io().ports();
        // Each port has a queue for every worker.
        int workers = ports.isEmpty() ? 1 : ports.getFirst().queueCount();
        List<String> answers = AnswerRouting.words(ports, workers);
        for (int i = 0; i < ports.size(); i++) {
            PacketPort port = ports.get(i);
            if (name.map(port.name()::equals).orElse(true)) {
                rows.add(new Row(i + 1, port, answers.get(i)));
            }
        }
        if (rows.isEmpty() && name.isPresent()) {
            throw new BalancerException(
                    ErrorCode.NO_PORT,
                    "no port \""
                            + name.get()
                            + "\"; there are "
                            + String.join(", ", Lookup.ports(operations)));
        }
        return rows;
    }

    private void append(StringBuilder text, Row row) {
        PacketPort port = row.port;
        LinkState link = port.link();
        PortCapabilities can = port.capabilities();
        PortDescription about = port.description();
        text.append(row.number).append(": ").append(port.name());
        text.append(": socket ").append(about.numaNode());
        text.append(" mtu ").append(port.mtu());
        text.append(" rx-queue ").append(port.queueCount());
        text.append(" tx-queue ").append(port.queueCount());
        text.append("\n    ").append(link.up() ? "UP " : "DOWN ");
        text.append(link.speedMbps()).append(" Mbps ");
        text.append(link.fullDuplex() ? "full-duplex " : "half-duplex ");
        text.append(about.autoNegotiated() ? "auto-nego \n" : "fixed-nego \n");
        text.append("    addr ").append(port.mac()).append(' ');
        text.append(can.receiveIpChecksum() ? "OF_RX_IP_CSUM " : "");
        text.append(can.transmitIpChecksum() ? "OF_TX_IP_CSUM " : "");
        text.append(can.transmitTcpChecksum() ? "OF_TX_TCP_CSUM " : "");
        text.append(can.transmitUdpChecksum() ? "OF_TX_UDP_CSUM " : "");
        text.append(about.fastFree() ? "OF_TX_FAST_FREE " : "");
        text.append('\n');
        port.puntPort()
                .ifPresent(kernel -> {
                    text.append("    kernel ").append(kernel.name()).append('\n');
                    if (statistics) {
                        appendKernel(text, kernel.statistics());
                    }
                });
        if (verbose) {
            text.append(LinkDetails.device(row));
        }
        if (statistics) {
            appendStatistics(text, port.statistics());
            row(text, "mbuf-avail", "mbuf-inuse");
            row(text, number(about, "mbuf-avail"), number(about, "mbuf-inuse"));
        }
        if (statistics && verbose) {
            text.append(LinkDetails.counters(port));
        }
    }

    private static void appendStatistics(StringBuilder text, PortStatistics counted) {
        row(text, "ipackets", "opackets", "ibytes", "obytes");
        row(
                text,
                counted.receivedPackets(),
                counted.sentPackets(),
                counted.receivedBytes(),
                counted.sentBytes());
        row(text, "ierrors", "oerrors", "imissed", "rx_nombuf");
        row(
                text,
                counted.receiveErrors(),
                counted.sendErrors(),
                counted.missed(),
                counted.noBuffer());
    }

    /// What the kernel got, sent, and did not take.
    private static void appendKernel(StringBuilder text, PortStatistics counted) {
        row(text, "to-kernel", "from-kernel", "kernel-refused");
        row(text, counted.sentPackets(), counted.receivedPackets(), counted.sendErrors());
    }

    /// A number of a device; 0 for one that does not tell it.
    static long number(PortDescription about, String name) {
        return about.numbers().getOrDefault(name, 0L);
    }

    private static void row(StringBuilder text, Object... cells) {
        text.append("    ");
        for (Object cell : cells) {
            text.append(Column.left(cell, 20));
        }
        text.append('\n');
    }

    private static ObjectNode toJson(Row row) {
        PacketPort port = row.port;
        PortCapabilities can = port.capabilities();
        PortStatistics counted = port.statistics();
        ObjectNode node =
                ListingJson.object()
                        .put("number", row.number)
                        .put("name", port.name())
                        .put("mac", port.mac().toString())
                        .put("mtu", port.mtu())
                        .put("queues", port.queueCount())
                        .put("up", port.link().up())
                        .put("speedMbps", port.link().speedMbps())
                        .put("fullDuplex", port.link().fullDuplex());
        node.putObject("capabilities")
                .put("maxQueues", can.maxQueues())
                .put("maxMtu", can.maxMtu())
                .put("receiveIpChecksum", can.receiveIpChecksum())
                .put("transmitIpChecksum", can.transmitIpChecksum())
                .put("transmitTcpChecksum", can.transmitTcpChecksum())
                .put("transmitUdpChecksum", can.transmitUdpChecksum())
                .put("receiveSideScaling", can.receiveSideScaling())
                .put("answers", row.answers);
        node.putObject("statistics")
                .put("receivedPackets", counted.receivedPackets())
                .put("receivedBytes", counted.receivedBytes())
                .put("sentPackets", counted.sentPackets())
                .put("sentBytes", counted.sentBytes())
                .put("missed", counted.missed())
                .put("receiveErrors", counted.receiveErrors())
                .put("sendErrors", counted.sendErrors())
                .put("noBuffer", counted.noBuffer());
        port.puntPort()
                .ifPresent(kernel -> {
                    PortStatistics passed = kernel.statistics();
                    node.putObject("kernel")
                            .put("name", kernel.name())
                            .put("sentPackets", passed.sentPackets())
                            .put("sentBytes", passed.sentBytes())
                            .put("receivedPackets", passed.receivedPackets())
                            .put("receivedBytes", passed.receivedBytes())
                            .put("refused", passed.sendErrors());
                });
        ObjectNode details = node.putObject("details");
        new TreeMap<>(port.details()).forEach(details::put);
        return node;
    }
}
