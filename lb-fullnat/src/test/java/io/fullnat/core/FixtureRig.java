// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core;

import io.fullnat.api.control.Change;
import io.fullnat.api.io.Memory;
import io.fullnat.api.io.PacketIo;
import io.fullnat.api.network.InterfaceAddress;
import io.fullnat.api.network.ReversePath;
import io.fullnat.api.network.Route;
import io.fullnat.api.service.ServicePolicy;
import io.fullnat.core.memoryio.FlowHash;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the balancer of a fixture row is like: lines that begin with `with`.
final class FixtureRig {
    private FixtureRig() {}

    /// Makes a balancer.
    ///
    /// @param settings as on the pages
    /// @param devices is given the ports that say what they are told of checksums, if it has such
    static Rig of(List<String> settings, Consumer<FaultyIo> devices) {
        @Nullable Rig made = null;
        boolean resolve = true;
        boolean ipv6 = false;
        String wan = "wan";
        for (String setting : settings) {
            String[] words = setting.split(" +", 2);
            switch (words[0]) {
                case "wan-mtu" -> made = Rig.withMtus(Integer.parseInt(words[1]), 1500);
                case "lan-mtu" -> made = Rig.withMtus(1500, Integer.parseInt(words[1]));
                case "connections" -> made = new Rig(1, Integer.parseInt(words[1]));
                case "silent-ports" ->
                        made = Rig.with(o -> o.unusedPorts(ServicePolicy.Refusal.DROP));
                case "strict" -> made = Rig.with(o -> o.reversePath(words[1], ReversePath.STRICT));
                case "two-workers" -> made = new Rig(2, 1024, FixtureRig::workerOf);
                case "device-checksums" -> made = Rig.through(io -> faulty(io, devices));
                case "vlan" -> wan = "wan." + words[1];
                case "no-neighbours" -> resolve = false;
                case "ipv6" -> ipv6 = true;
                default -> throw new IllegalArgumentException(setting + " is no setting");
            }
        }
        Rig rigged = made == null ? new Rig(1, 1024, new FlowHash()) : made;
        if (ipv6) {
            Rig6.configure(rigged, wan, resolve);
        } else if (!wan.equals("wan")) {
            configureTagged(rigged, wan);
        } else if (resolve) {
            rigged.configured();
        } else {
            rigged.configureWithoutNeighbours();
        }
        return rigged;
    }

    private static FaultyIo faulty(PacketIo io, Consumer<FaultyIo> devices) {
        FaultyIo device = new FaultyIo(io);
        devices.accept(device);
        return device;
    }

    /// Clients' frames come to the first worker, servers' to the second.
    private static int workerOf(long l2, int length, int queues) {
        return Memory.getByte(l2 + 5) == 2 ? 1 : 0;
    }

    /// As [Rig#configured()], with the clients' side in a VLAN.
    private static void configureTagged(Rig rig, String wan) {
        rig.apply(
                new Change.AddAddress(InterfaceAddress.of("192.0.2.1/24", wan)),
                new Change.AddAddress(InterfaceAddress.of(Rig.VIP + "/32", wan)),
                new Change.AddAddress(InterfaceAddress.of("10.0.1.1/24", "lan")),
                new Change.AddRoute(Route.via("0.0.0.0/0", Rig.GATEWAY, wan)),
                new Change.AddService(Rig.service(Rig.TCP, 8080)),
                new Change.AddService(Rig.service(Rig.UDP, 5353)));
        rig.pass(Duration.ofSeconds(3));
        rig.apply(
                Rig.neighbour(Rig.GATEWAY, Rig.CLIENT_MAC, wan),
                Rig.neighbour(Rig.SERVER, Rig.SERVER_MAC, "lan"));
        rig.out();
    }
}
