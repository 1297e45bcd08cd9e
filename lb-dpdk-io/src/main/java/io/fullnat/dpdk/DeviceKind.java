// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import java.util.Arrays;
import java.util.Optional;

/// The virtual devices that [DeviceSpec] has a short form for.
enum DeviceKind {
    /// A network interface of the kernel, through a packet socket.
    AF_PACKET("af_packet", "net_af_packet", "iface", "qpairs"),
    /// A network interface of the kernel, through an XDP socket.
    AF_XDP("af_xdp", "net_af_xdp", "iface", "queue_count"),
    /// A network interface that the kernel gets with the port and loses with it.
    TAP("tap", "net_tap", "iface", ""),
    /// Capture files, or an interface through libpcap.
    PCAP("pcap", "net_pcap", "", ""),
    /// A ring in memory: what is sent is received.
    RING("ring", "net_ring", "", ""),
    /// Receives empty packets without end and drops what is sent.
    NULL("null", "net_null", "", ""),
    /// Shared memory with another process.
    MEMIF("memif", "net_memif", "socket", ""),
    /// The virtio front end: a virtual machine's backend or `/dev/vhost-net`.
    VIRTIO_USER("virtio_user", "net_virtio_user", "path", "queues"),
    /// The virtio back end.
    VHOST("vhost", "net_vhost", "iface", "queues");

    private final String keyword;
    private final String driver;
    private final String subjectKey;
    private final String queuesKey;

    DeviceKind(String keyword, String driver, String subjectKey, String queuesKey) {
        this.keyword = keyword;
        this.driver = driver;
        this.subjectKey = subjectKey;
        this.queuesKey = queuesKey;
    }

    /// The word before the colon of the short form.
    String keyword() {
        return keyword;
    }

    /// What DPDK calls the driver; a device is named by it and a number.
    String driver() {
        return driver;
    }

    /// The device argument that stands after the colon, empty if none does.
    String subjectKey() {
        return subjectKey;
    }

    /// The device argument that takes the number of queues, empty if the driver has none.
    String queuesKey() {
        return queuesKey;
    }

    /// Whether the device works on an interface that the kernel must have already.
    boolean usesInterface() {
        return this == AF_PACKET || this == AF_XDP || this == PCAP;
    }

    static Optional<DeviceKind> ofKeyword(String keyword) {
        return Arrays.stream(values()).filter(kind -> kind.keyword.equals(keyword)).findFirst();
    }

    /// The kind of a device that is given by its DPDK name, as `net_null0`; `eth_` and a bare
    /// `virtio_user` are the driver's older names.
    static Optional<DeviceKind> ofDeviceName(String name) {
        String current =
                name.startsWith(VIRTIO_USER.keyword)
                        ? "net_" + name
                        : name.replaceFirst("^eth_", "net_");
        return Arrays.stream(values()).filter(kind -> current.startsWith(kind.driver)).findFirst();
    }
}
