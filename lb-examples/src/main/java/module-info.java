// SPDX-License-Identifier: Apache-2.0
/// The reference balancer `fullnat` and small examples of the library's use.
@org.jspecify.annotations.NullMarked
module io.fullnat.balancer {
    requires static org.jspecify;
    requires io.fullnat.api;
    requires io.fullnat.core;
    requires io.fullnat.dpdk;
    requires info.picocli;
    requires org.snakeyaml.engine;
    requires com.fasterxml.jackson.databind;
    requires io.helidon.webserver;
    requires HdrHistogram;
    requires org.slf4j;
    requires ch.qos.logback.classic;
    requires ch.qos.logback.core;
    requires java.logging;
    requires jdk.management;
    requires jdk.net;
    requires jdk.httpserver;
    requires jdk.unsupported;

    uses io.fullnat.balancer.command.ExtraCommand;

    provides io.fullnat.balancer.command.ExtraCommand with
            io.fullnat.balancer.demo.DemoEntry;
    provides ch.qos.logback.classic.spi.Configurator with
            io.fullnat.balancer.LogSetup;

    opens io.fullnat.balancer to
            info.picocli;
    opens io.fullnat.balancer.command to
            info.picocli;
    opens io.fullnat.balancer.demo to
            info.picocli;
}
