// SPDX-License-Identifier: Apache-2.0
/// The data plane and the control plane of one balancer, and in-memory packet I/O.
@org.jspecify.annotations.NullMarked
module io.fullnat.core {
    requires static org.jspecify;
    requires transitive io.fullnat.api;
    requires transitive org.agrona;
    requires org.jctools.core.jdk11;
    requires org.slf4j;
    requires static micrometer.core;

    exports io.fullnat.core;
    exports io.fullnat.core.capture;
    exports io.fullnat.core.flow;
    exports io.fullnat.core.micrometer;
    exports io.fullnat.core.packet;
    exports io.fullnat.core.probe;
    exports io.fullnat.core.simulation;
    exports io.fullnat.core.memoryio;
}
