// SPDX-License-Identifier: Apache-2.0
/// What an application or an extension of the balancer implements or calls: values, packet I/O,
/// services, network, control, counters and errors.
@org.jspecify.annotations.NullMarked
module io.fullnat.api {
    requires static transitive org.jspecify;
    requires org.agrona;

    exports io.fullnat.api;
    exports io.fullnat.api.control;
    exports io.fullnat.api.counter;
    exports io.fullnat.api.health;
    exports io.fullnat.api.io;
    exports io.fullnat.api.network;
    exports io.fullnat.api.service;
    exports io.fullnat.api.set;
}
