// SPDX-License-Identifier: Apache-2.0
/// The reference balancer `fullnat`. What it exports is for the command that comes with it.
@SuppressWarnings("module") // the demo is built after it
@org.jspecify.annotations.NullMarked
module io.fullnat.balancer {
    requires static org.jspecify;
    requires io.fullnat.api;
    requires io.fullnat.core;
    requires io.fullnat.dpdk;
    requires info.picocli;
    requires org.snakeyaml.engine;
    requires com.fasterxml.jackson.databind;
    requires io.helidon.common.tls;
    requires io.helidon.webclient.http1;
    requires io.helidon.webserver;
    requires io.prometheus.metrics.config;
    requires io.prometheus.metrics.instrumentation.jvm;
    requires io.prometheus.metrics.model;
    requires io.prometheus.writer.text;
    requires org.apache.commons.compress;
    requires org.jline.terminal;
    requires org.slf4j;
    requires ch.qos.logback.classic;
    requires ch.qos.logback.core;
    requires java.logging;
    requires jdk.jfr;
    requires jdk.management;
    requires jdk.net;
    requires jdk.unsupported;

    exports io.fullnat.balancer.cli to
            io.fullnat.demo;
    exports io.fullnat.balancer.config to
            io.fullnat.demo;
    exports io.fullnat.balancer.run to
            io.fullnat.demo;
    exports io.fullnat.balancer.server to
            io.fullnat.demo;
    exports io.fullnat.balancer.text to
            io.fullnat.demo;

    uses io.fullnat.api.service.SchedulerFactory;
    uses io.fullnat.balancer.cli.ExtraCommand;

    provides ch.qos.logback.classic.spi.Configurator with
            io.fullnat.balancer.log.LogSetup;

    opens io.fullnat.balancer to
            info.picocli;
    opens io.fullnat.balancer.cli.verbs to
            info.picocli;
    opens io.fullnat.balancer.client to
            info.picocli;
    opens io.fullnat.balancer.top to
            info.picocli;
}
