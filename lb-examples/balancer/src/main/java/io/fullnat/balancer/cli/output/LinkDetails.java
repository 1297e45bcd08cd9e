// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import io.fullnat.api.io.PacketPort;
import io.fullnat.api.io.PortDescription;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What `dpip link show -v` says of a device, in DPVS's rows. A number that a device does not tell
/// is 0. After DPVS's rows stands one of our own.
final class LinkDetails {
    private static final List<List<String>> ROWS =
            List.of(
                    List.of("if_index", "min_rx_bufsize", "max_rx_pktlen", "max_mac_addrs"),
                    List.of("max_rx_queues", "max_tx_queues", "max_hash_addrs", "max_vfs"),
                    List.of("max_vmdq_pools", "rx_ol_capa", "tx_ol_capa", "reta_size"),
                    List.of("hash_key_size", "flowtype_rss_ol", "vmdq_que_base", "vmdq_que_num"),
                    List.of("rx_desc_max", "rx_desc_min", "rx_desc_align", "vmdq_pool_base"),
                    List.of("tx_desc_max", "tx_desc_min", "tx_desc_align", "speed_capa"));

    private LinkDetails() {}

    static String device(LinkListing.Row row) {
        PacketPort port = row.port();
        PortDescription about = port.description();
        StringBuilder text = new StringBuilder();
        line(text, 32, List.of("pci_addr", "driver_name"));
        line(text, 32, List.of(about.bus(), about.driver()));
        for (List<String> names : ROWS) {
            line(text, 16, names);
            line(text, 16, names.stream().map(name -> value(about, name)).toList());
        }
        text.append("    Queue Configuration:\n    ");
        for (int queue = 0; queue < port.queueCount(); queue++) {
            // Worker n, which DPVS calls by its CPU, serves queue n of each port.
            text.append("rx%d-tx%d  ".formatted(queue, queue));
            text.append(Column.left("cpu%d-cpu%d".formatted(queue + 1, queue + 1), 12));
        }
        text.append('\n');
        line(text, 16, List.of("max_queues", "max_mtu", "rss", "answers"));
        line(
                text,
                16,
                List.of(
                        String.valueOf(port.capabilities().maxQueues()),
                        String.valueOf(port.capabilities().maxMtu()),
                        port.capabilities().receiveSideScaling() ? "yes" : "no",
                        row.answers()));
        return text.toString();
    }

    private static String value(PortDescription about, String name) {
        long value = LinkListing.number(about, name);
        boolean bits = name.endsWith("_capa") || name.equals("flowtype_rss_ol");
        return bits ? "0x" + Long.toHexString(value) : String.valueOf(value);
    }

    /// Counters of the device's own kind.
    static String counters(PacketPort port) {
        StringBuilder text = new StringBuilder("    xstats list:\n");
        int id = 0;
        for (Map.Entry<String, Long> counter : new TreeMap<>(port.details()).entrySet()) {
            text.append("        ")
                    .append(Column.left(id++, 6))
                    .append(counter.getKey())
                    .append(": ")
                    .append(counter.getValue())
                    .append('\n');
        }
        return text.toString();
    }

    private static void line(StringBuilder text, int width, List<String> cells) {
        text.append("    ");
        cells.forEach(cell -> text.append(Column.left(cell, width)));
        text.append('\n');
    }
}
