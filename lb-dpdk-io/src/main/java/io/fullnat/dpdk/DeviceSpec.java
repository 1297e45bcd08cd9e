// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which device a port is: a PCI address or a virtual device. Immutable and thread-safe.
///
/// ```
/// device  = pci | virtual | short
/// pci     = [domain ":"] bus ":" device "." function {"," key "=" value}
/// virtual = driver name {"," key "=" value}          as DPDK's --vdev takes it
/// short   = kind [":" [subject]] {"," key "=" value}
/// ```
///
/// | short form | device |
/// |---|---|
/// | `af_packet:IFACE` | a kernel interface, packet socket |
/// | `af_xdp:IFACE` | a kernel interface, XDP socket |
/// | `tap:IFACE` | a kernel interface that is made with the port |
/// | `pcap:RX[,TX]` | capture files: packets to receive, file to write sent ones to |
/// | `pcap:iface=IFACE` | a kernel interface through libpcap |
/// | `ring:` | loopback in memory |
/// | `null:` | endless empty packets |
/// | `memif:SOCKET` | shared memory with another process |
/// | `virtio_user:PATH` | virtio front end |
/// | `vhost:PATH` | virtio back end |
///
/// Further `key=value` pairs are the driver's own (DPDK's guide to network drivers). What they
/// leave open, the port fills in: number of queues and, for af_packet, rings that are big enough.
///
/// @param text what was parsed
/// @param pci whether it is a PCI address
/// @param name the device's DPDK name; for a short form, the driver, to which a number is added
/// @param numbered whether a number is to be added to the name
/// @param arguments `key=value`, in order; a key may come twice
public record DeviceSpec(
        String text, boolean pci, String name, boolean numbered, List<String> arguments) {
    private static final Pattern PCI =
            Pattern.compile("(?:([0-9a-fA-F]{4}):)?([0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7])");
    private static final Pattern VIRTUAL = Pattern.compile("(net_|eth_|virtio_user)[a-z0-9_]*");
    private static final Pattern PLAIN = Pattern.compile("[\\x21-\\x7e]+");

    /// DPDK's limit for a device name, with room for a number.
    private static final int MAX_NAME = 56;

    /// Copies the list.
    public DeviceSpec {
        arguments = List.copyOf(arguments);
    }

    /// Reads a device. Whether it exists is found out when the port is opened.
    ///
    /// @param text for example `0000:01:00.0`, `af_packet:veth0` or `net_null0,size=64`
    /// @return the device
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming what is wrong
    public static DeviceSpec parse(String text) {
        if (!PLAIN.matcher(text).matches()) {
            throw invalid(text, "it is empty or holds spaces or other unprintable characters");
        }
        List<String> parts = Arrays.asList(text.split(",", -1));
        String head = parts.get(0);
        List<String> rest = parts.subList(1, parts.size());
        Matcher address = PCI.matcher(head);
        if (address.matches()) {
            String domain = address.group(1) == null ? "0000" : address.group(1);
            String name = (domain + ":" + address.group(2)).toLowerCase(Locale.ROOT);
            return new DeviceSpec(text, true, name, false, pairs(text, rest));
        }
        if (VIRTUAL.matcher(head).matches() && DeviceKind.ofKeyword(head).isEmpty()) {
            if (head.length() > MAX_NAME) {
                throw invalid(text, "the device name is longer than " + MAX_NAME);
            }
            return new DeviceSpec(text, false, head, false, pairs(text, rest));
        }
        int colon = head.indexOf(':');
        String keyword = colon < 0 ? head : head.substring(0, colon);
        DeviceKind kind =
                DeviceKind.ofKeyword(keyword)
                        .orElseThrow(() -> invalid(text, "there is no kind \"" + keyword + "\""));
        String subject = colon < 0 ? "" : head.substring(colon + 1);
        return new DeviceSpec(
                text, false, kind.driver(), true, shortForm(text, kind, subject, rest));
    }

    private static List<String> shortForm(
            String text, DeviceKind kind, String subject, List<String> rest) {
        List<String> arguments = new ArrayList<>();
        List<String> further = new ArrayList<>(rest);
        if (kind == DeviceKind.PCAP) {
            further.add(0, subject);
            List<String> keys = List.of("rx_pcap", "tx_pcap");
            for (int i = 0; i < keys.size() && !further.isEmpty(); i++) {
                if (!further.getFirst().isEmpty() && further.getFirst().indexOf('=') < 0) {
                    arguments.add(keys.get(i) + "=" + further.removeFirst());
                }
            }
        } else if (kind.subjectKey().isEmpty()) {
            if (!subject.isEmpty()) {
                further.add(0, subject);
            }
        } else if (subject.isEmpty() || subject.indexOf('=') >= 0) {
            throw invalid(text, kind.keyword() + ": is not followed by its " + kind.subjectKey());
        } else {
            arguments.add(kind.subjectKey() + "=" + subject);
        }
        arguments.addAll(pairs(text, further));
        return arguments;
    }

    private static List<String> pairs(String text, List<String> parts) {
        for (String part : parts) {
            int equals = part.indexOf('=');
            if (equals < 1 || equals == part.length() - 1) {
                throw invalid(text, "\"" + part + "\" is not key=value");
            }
        }
        return parts;
    }

    private static BalancerException invalid(String text, String reason) {
        return new BalancerException(
                ErrorCode.INVALID_ARGUMENT,
                "\""
                        + text
                        + "\" is not a device: "
                        + reason
                        + ". Give a PCI address (0000:01:00.0), a virtual device"
                        + " (net_null0,size=64) or af_packet:IFACE, af_xdp:IFACE, tap:IFACE,"
                        + " pcap:RX,TX, pcap:iface=IFACE, ring:, null:, memif:SOCKET,"
                        + " virtio_user:PATH, vhost:PATH");
    }

    /// The kind of virtual device, empty for PCI and for drivers without a short form.
    Optional<DeviceKind> kind() {
        return pci ? Optional.empty() : DeviceKind.ofDeviceName(name);
    }

    /// Whether the port has packet sockets of our own: the short form of an interface. By the
    /// driver's name it is DPDK's net_af_packet.
    boolean isPacketSocket() {
        return numbered && kind().filter(kind -> kind == DeviceKind.AF_PACKET).isPresent();
    }

    /// What only one port can have at a time.
    ///
    /// @return as a message names it; empty if any number of ports can be opened of this text
    Optional<String> subject() {
        if (pci) {
            return Optional.of("PCI device " + name);
        }
        Optional<String> iface = argument("iface");
        if (iface.isPresent()) {
            return iface.map(of -> (of.startsWith("/") ? "socket " : "interface ") + of);
        }
        return numbered ? Optional.empty() : Optional.of("device " + name);
    }

    /// The value of a device argument.
    ///
    /// @param key the part before `=`
    /// @return the first value, empty if the key is not given
    Optional<String> argument(String key) {
        String start = key + "=";
        return arguments.stream()
                .filter(pair -> pair.startsWith(start))
                .map(pair -> pair.substring(start.length()))
                .findFirst();
    }

    @Override
    public String toString() {
        return text;
    }
}
