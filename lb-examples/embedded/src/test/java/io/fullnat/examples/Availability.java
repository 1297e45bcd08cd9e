// SPDX-License-Identifier: Apache-2.0
package io.fullnat.examples;

import io.fullnat.core.FullNatBalancer;
import io.fullnat.core.memoryio.InMemoryIo;
import io.fullnat.core.memoryio.PortSettings;
import io.fullnat.dpdk.DpdkConfig;
import io.fullnat.dpdk.DpdkIo;

/// A program that uses one thing of the library, to see what it says in a JVM that lacks something.
final class Availability {
    private Availability() {}

    public static void main(String[] arguments) {
        switch (arguments.length == 0 ? "ask" : arguments[0]) {
            case "ask" -> System.out.println(DpdkIo.unavailability().orElse("available"));
            case "twice" -> {
                System.out.println(DpdkIo.unavailability().orElse("available"));
                System.out.println(DpdkIo.unavailability().orElse("available"));
            }
            case "dpdk" -> DpdkIo.open(DpdkConfig.builder().port("a", "net_null0").build()).close();
            case "memory" ->
                    InMemoryIo.builder()
                            .wire(
                                    PortSettings.of("a", "02:00:00:00:00:01"),
                                    PortSettings.of("b", "02:00:00:00:00:02"))
                            .open()
                            .close();
            case "piece" -> new FlowMeter(16, 0).close();
            case "balancer" -> FullNatBalancer.builder(new NoPorts()).start().close();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }
}
