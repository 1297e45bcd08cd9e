// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import io.fullnat.api.control.LeftoverPolicy;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.io.Memory;
import io.fullnat.api.network.PuntSettings;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.service.Frontend;
import io.fullnat.api.service.ServiceKey;
import io.fullnat.api.service.VirtualService;
import io.fullnat.core.memory.Region;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.core.open.OpenBench;
import io.fullnat.core.packet.PacketBuilder;
import io.fullnat.core.punt.PuntBench;
import io.fullnat.core.punt.PuntClass;
import io.fullnat.core.stack.Device;
import io.fullnat.core.stack.Frame;
import io.fullnat.core.stack.NetworkView;
import io.fullnat.core.stack.RouteTable;
import io.fullnat.testing.Seed;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A port with an interface of the kernel beside it, and what decides which frames go there. The
/// port has two devices, `lan` untagged and `far` with VLAN 100, each with an interface address of
/// both families, of which the last number is 100 and 101; the kernel has 9 for itself, and local
/// addresses are 64. Services are at 192.0.2.1 and 2001:db8:0:1::1, port 80 of TCP.
final class KernelBench implements AutoCloseable {
    static final int LAN = 0;
    static final int FAR = 1;
    static final String OURS = "02:00:00:00:00:02";
    static final String PEER = "02:00:00:00:00:51";
    static final String VIRTUAL = "192.0.2.1";
    static final String OWN = "192.0.2.100";
    static final String OWN_FAR = "10.0.1.101";
    static final String KERNELS = "192.0.2.9";
    static final String LOCAL = "10.0.1.64";
    static final String VIRTUAL_6 = "2001:db8:0:1::1";
    static final String OWN_6 = "2001:db8:0:1::100";
    static final String OWN_FAR_6 = "2001:db8:0:2::101";
    static final String KERNELS_6 = "2001:db8:0:1::9";
    static final String LOCAL_6 = "2001:db8:0:2::64";

    /// As its MAC address makes it.
    static final String LINK_LOCAL = "fe80::ff:fe00:2";

    private static final int PORT_OF_ALL = 0;

    final OpenBench bench;
    final PuntBench punts;
    final KernelPath path;
    private final Region memory = Region.allocate(2_048, "a frame");
    private final Frame frame = new Frame();
    private byte[] bytes = {};

    KernelBench() {
        this(PuntSettings.DEFAULT);
    }

    KernelBench(PuntSettings settings) {
        this(LeftoverPolicy.DEFAULT.withPunting(settings), true);
    }

    /// @param beside whether the port has an interface beside it
    KernelBench(LeftoverPolicy policy, boolean beside) {
        PortSettings near = PortSettings.of("lan", OURS);
        bench = new OpenBench(Seed.value(), 64, 0, beside ? near.withKernel("klan") : near);
        bench.serve(
                VirtualService.of(ServiceKey.group(Protocol.TCP, "site"))
                        .withFrontends(
                                Stream.of(VIRTUAL + ":80", "[" + VIRTUAL_6 + "]:80")
                                        .map(Frontend::parse)
                                        .toList()));
        bench.context.stack().view(view(policy));
        punts = new PuntBench(bench.io, bench.context.stack());
        path = new KernelPath(bench.context, punts.gate());
    }

    private static NetworkView view(LeftoverPolicy policy) {
        return new NetworkView(
                List.of(device(LAN, 0), device(FAR, 100)),
                Set.of(LAN, FAR),
                List.of(
                        own(OWN, 24, LAN, false),
                        own(OWN_FAR, 24, FAR, false),
                        own(LOCAL, 32, FAR, true),
                        own(OWN_6, 64, LAN, false),
                        own(OWN_FAR_6, 64, FAR, false),
                        own(LOCAL_6, 128, FAR, true)),
                List.of(own(KERNELS, 24, LAN, false), own(KERNELS_6, 64, LAN, false)),
                new RouteTable(List.of()),
                List.of(),
                2,
                policy);
    }

    private static Device device(int index, int vlan) {
        return new Device(
                index, "d" + index, PORT_OF_ALL, vlan, 2L << 40 | 2, 1500, ReversePath.OFF);
    }

    private static NetworkView.Own own(String address, int length, int device, boolean local) {
        IpAddress ip = IpAddress.parse(address);
        int prefix = address.contains(":") ? length : 96 + length;
        return new NetworkView.Own(ip.high(), ip.low(), prefix, device, local);
    }

    /// A frame as it comes by the untagged device.
    Frame frame(PacketBuilder packet) {
        return frame(packet, LAN);
    }

    /// One that comes by a device, or by none that is known.
    Frame frame(PacketBuilder packet, int device) {
        return frame(packet.toBytes(), device, 0);
    }

    /// One that comes by a port.
    Frame frame(byte[] of, int device, int port) {
        bytes = of;
        byte[] whole = new byte[(int) memory.size()];
        Arrays.fill(whole, (byte) 0xA5);
        System.arraycopy(of, 0, whole, 0, of.length);
        Memory.fromBytes(whole, memory.address());
        frame.set(1, memory.address(), of.length, port);
        if (device != NetworkView.NONE) {
            frame.link(device, device == FAR ? 18 : 14);
        }
        return frame;
    }

    /// Sees that the kernel has got the last frame, as it came, in a queue; in none if null.
    void goesTo(@Nullable PuntClass queue) {
        List<String> taken = punts.taken();
        if (queue == null) {
            assertThat(taken).as("what the kernel has got").isEmpty();
        } else {
            assertThat(taken).containsExactly(PuntBench.text(queue, bytes));
        }
    }

    long copies() {
        return bench.context.stack().counters().get(Counter.PUNT_COPIES);
    }

    @Override
    public void close() {
        memory.close();
        bench.close();
    }
}
