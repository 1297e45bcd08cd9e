// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import java.util.ArrayList;
import java.util.List;

/// What the DPVS agent has and this balancer does not: each path says so, and what to do instead.
final class RefusedRoutes {
    private static final String KERNEL =
            "a port's kernel interface is named in the configuration file (ports[].kernel), and its"
                    + " addresses are set with the kernel's own tools (ip address); the balancer's"
                    + " are at /v2/device/{name}/addr";
    private static final String VLAN =
            "VLANs are not made by themselves; an address or route on the device PORT.VLAN makes it";
    private static final String NIC =
            "ports are set up by the configuration file; change it and restart the balancer";

    private RefusedRoutes() {}

    static List<ApiRoute> routes() {
        List<ApiRoute> routes = new ArrayList<>();
        refuse(routes, "/device/{name}/netlink", KERNEL, "GET", "PUT", "DELETE");
        refuse(routes, "/device/{name}/netlink/addr", KERNEL, "GET", "PUT", "DELETE");
        refuse(routes, "/device/{name}/vlan", VLAN, "GET", "PUT", "DELETE");
        refuse(routes, "/device/{name}/nic", NIC, "PUT");
        return routes;
    }

    private static void refuse(List<ApiRoute> routes, String path, String why, String... verbs) {
        for (String verb : verbs) {
            routes.add(
                    ApiRoute.of(
                            verb,
                            path,
                            "Not supported",
                            call -> {
                                throw Failure.unsupported(verb + " /v2" + path + ": " + why);
                            }));
        }
    }
}
