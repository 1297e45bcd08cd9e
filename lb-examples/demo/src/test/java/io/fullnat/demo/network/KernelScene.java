// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.counter.Counter;
import io.fullnat.api.counter.CountersReader;
import io.fullnat.api.counter.Outcome;
import io.fullnat.balancer.config.ConfigurationFile;
import io.fullnat.balancer.run.RunningBalancer;
import io.fullnat.demo.lab.HttpConnection;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import io.fullnat.demo.lab.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/// A lab of both families whose balancer has the kernel's interfaces `kout` and `kin` beside its
/// ports. The namespace's own interfaces are shut for its kernel, as a NIC's would be that DPDK
/// has: what the kernel hears comes by the balancer.
final class KernelScene implements AutoCloseable {
    static final int SSH = 22;
    static final String KERNEL = "kout";
    static final String KERNEL_INSIDE = "kin";

    final Lab lab;
    final RunningBalancer balancer;
    private final List<HttpOrigin> origins = new ArrayList<>();

    /// Builds everything up; nothing is left behind if that fails.
    ///
    /// @param more lines of the configuration
    static KernelScene open(String more) throws InterruptedException {
        return open(1500, more);
    }

    /// The same.
    ///
    /// @param insideMtu of the port to the servers
    static KernelScene open(int insideMtu, String more) throws InterruptedException {
        Lab lab = Lab.dualStack("fullnat-kp", Scene.SERVERS);
        boolean whole = false;
        try {
            KernelScene scene = new KernelScene(lab, insideMtu, more);
            whole = true;
            return scene;
        } finally {
            if (!whole) {
                lab.close();
            }
        }
    }

    private KernelScene(Lab lab, int insideMtu, String more) throws InterruptedException {
        this.lab = lab;
        for (LabFamily family : LabFamily.values()) {
            for (int number = 1; number <= Scene.SERVERS; number++) {
                origins.add(
                        HttpOrigin.start(
                                lab.server(number),
                                "s" + number,
                                new Endpoint(family.server(number), Scene.HTTP_PORT)));
            }
        }
        lab.balancer().enableIpv6();
        shut(Lab.OUTSIDE_INTERFACE);
        shut(Lab.INSIDE_INTERFACE);
        balancer =
                lab.balancer()
                        .call(() ->
                                RunningBalancer.overDpdk(
                                        ConfigurationFile.parse("kernel", yaml(insideMtu) + more)));
        for (LabFamily family : LabFamily.values()) {
            String own = address(family) + family.clientPrefix().replaceFirst(".*/", "/");
            kernel().addAddress(own, KERNEL);
        }
        // an address of IPv6 cannot be used before there is a carrier
        Shell.until("carrier", () -> link().contains("lower_up"));
        Shell.until("addresses", () -> !kernel().ip("address").contains("tentative"));
    }

    private static String yaml(int insideMtu) {
        String plain = FamilyPair.yaml(insideMtu);
        String kernels =
                plain.replace("\"af_packet:outside\"", "\"af_packet:outside\", kernel: kout")
                        .replace("\"af_packet:inside\"", "\"af_packet:inside\", kernel: kin");
        StringBuilder own = new StringBuilder("addresses:");
        for (LabFamily family : LabFamily.values()) {
            own.append("\n  - {address: \"")
                    .append(address(family))
                    .append(family.clientPrefix().replaceFirst(".*/", "/"))
                    .append("\", device: outside, kernel: true}");
        }
        return kernels.replaceFirst("addresses:", own.toString());
    }

    private void shut(String name) {
        lab.balancer().setting("ipv6/conf/" + name + "/disable_ipv6", "1");
        lab.balancer().setting("ipv4/conf/" + name + "/arp_ignore", "1");
        lab.balancer().setting("ipv4/conf/" + name + "/rp_filter", "1");
    }

    /// The kernel that is beside the balancer.
    NetworkNamespace kernel() {
        return lab.balancer();
    }

    /// The address that is the kernel's alone.
    static IpAddress address(LabFamily family) {
        return IpAddress.parse(family.client().toString().replaceFirst("10$", "9"));
    }

    /// Has the kernel serve pages.
    HttpOrigin serve(IpAddress address, int port) {
        HttpOrigin origin = HttpOrigin.start(kernel(), "kernel", new Endpoint(address, port));
        origins.add(origin);
        return origin;
    }

    /// Sends what nobody wants of a virtual address, from sources that there are not.
    Thread flood(LabFamily family, int leftoversASecond, BooleanSupplier goesOn) {
        Endpoint unused = new Endpoint(family.virtual(), 9);
        return lab.client()
                .start("leftovers", () -> SpoofedSyns.send(unused, leftoversASecond, goesOn));
    }

    /// What the service of the virtual address answers a client.
    String get(LabFamily family) {
        return lab.client()
                .call(() -> {
                    Endpoint http = new Endpoint(family.virtual(), 80);
                    try (HttpConnection connection = HttpConnection.open(http, Scene.TIMEOUT)) {
                        return connection.get("/").body();
                    }
                });
    }

    long count(Outcome outcome) {
        return balancer.engine().counters().total(outcome);
    }

    long count(Counter counter) {
        return balancer.engine().counters().total(counter);
    }

    /// A line of `ip` about the kernel's interface.
    String link() {
        return link(KERNEL);
    }

    String link(String name) {
        return kernel().ip("link", "show", "dev", name).toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        CountersReader counters = balancer.engine().counters();
        origins.forEach(HttpOrigin::close);
        balancer.close();
        assertThat(balancer.buffersLost()).as("buffers not given back").isZero();
        assertThat(lab.balancer().ip("link", "show")).as("it goes").doesNotContain(KERNEL);
        lab.close();
        assertThat(counters.total(Counter.FAULTS)).isZero();
    }
}
