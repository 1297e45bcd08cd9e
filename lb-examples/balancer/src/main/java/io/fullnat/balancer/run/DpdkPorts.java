// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.run;

import io.fullnat.api.io.PacketIo;
import io.fullnat.balancer.config.Configuration;
import io.fullnat.balancer.config.PortSettings;
import io.fullnat.dpdk.DpdkConfig;
import io.fullnat.dpdk.DpdkIo;
import io.fullnat.dpdk.DpdkPortConfig;
import java.util.OptionalInt;

/// Opens the ports of a configuration through DPDK.
final class DpdkPorts {
    private DpdkPorts() {}

    /// Opens all ports, each with a queue for every worker.
    ///
    /// @throws io.fullnat.api.BalancerException if DPDK, a device or memory is missing
    static PacketIo open(Configuration configuration) {
        DpdkConfig.Builder builder =
                DpdkConfig.builder()
                        .workers(configuration.workers().count())
                        .hugepages(configuration.memory().hugepages());
        configuration.memory().megabytes().ifPresent(builder::memoryMb);
        configuration.memory().buffers().ifPresent(builder::buffers);
        configuration.ports().forEach(port -> builder.port(port(port)));
        return DpdkIo.open(builder.build());
    }

    private static DpdkPortConfig port(PortSettings port) {
        return new DpdkPortConfig(
                port.name(),
                port.device(),
                OptionalInt.empty(),
                port.mtu(),
                port.promiscuous(),
                port.mac(),
                port.kernel());
    }
}
