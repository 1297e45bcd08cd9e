// SPDX-License-Identifier: Apache-2.0
/// `fullnat demo`: a balancer at work between clients and servers of its own, in network namespaces
/// that it makes. The network tests play in the same ones.
@org.jspecify.annotations.NullMarked
module io.fullnat.demo {
    requires static org.jspecify;
    requires io.fullnat.api;
    requires io.fullnat.core;
    requires io.fullnat.dpdk;
    requires io.fullnat.balancer;
    requires info.picocli;
    requires HdrHistogram;
    requires jdk.httpserver;

    provides io.fullnat.balancer.cli.ExtraCommand with
            io.fullnat.demo.DemoEntry;

    opens io.fullnat.demo to
            info.picocli;
}
