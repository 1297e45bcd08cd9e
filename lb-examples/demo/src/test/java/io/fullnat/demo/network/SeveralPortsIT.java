// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.demo.lab.HttpOrigin;
import io.fullnat.demo.lab.Lab;
import io.fullnat.demo.lab.LabFamily;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// curl asks several ports of one address, and the kernels' servers are asked at the same ones.
@NetworkTest
@Timeout(180)
class SeveralPortsIT {
    private static final int REQUESTS = 8;

    private final List<HttpOrigin> origins = new ArrayList<>();
    private Scene scene = new Scene(1, 1);

    @AfterEach
    void close() {
        origins.forEach(HttpOrigin::close);
        scene.close();
    }

    /// Has each server listen on a port, and say which.
    private void listen(LabFamily family, int port) {
        for (int number = 1; number <= Scene.SERVERS; number++) {
            origins.add(
                    HttpOrigin.start(
                            scene.lab.server(number),
                            "s" + number + ":" + port,
                            new Endpoint(family.server(number), port)));
        }
    }

    private void add(String service, int server, String options) {
        Shell.run(scene.balancer, "service add tcp " + service + " --scheduler rr" + options);
        for (IpAddress local : Lab.LOCAL) {
            Shell.run(scene.balancer, "laddr add tcp " + service + " " + local + " inside");
        }
        for (int number = 1; number <= Scene.SERVERS; number++) {
            if (server == 0 || server == number) {
                Shell.run(
                        scene.balancer,
                        "server add tcp " + service + " " + Lab.serverAddress(number) + ":0");
            }
        }
    }

    private String ask(IpAddress virtual, int port) {
        return scene.lab
                .client()
                .execute(
                        "curl",
                        "--silent",
                        "--show-error",
                        "--max-time",
                        "20",
                        "http://" + new Endpoint(virtual, port) + "/")
                .split(" ", -1)[0];
    }

    private Set<String> askOften(int port) {
        Set<String> answers = new HashSet<>();
        for (int i = 0; i < REQUESTS; i++) {
            answers.add(ask(Lab.VIRTUAL, port));
        }
        return answers;
    }

    @Test
    void eachPortReachesThatPortOfTheServers() {
        listen(LabFamily.IPV4, 5001);
        listen(LabFamily.IPV4, 6001);
        String all = Lab.VIRTUAL + ":0";
        add(all, 0, "");
        add(Lab.VIRTUAL + ":6000-6099", 2, "");

        assertThat(askOften(80)).as("the service of the port").containsOnly("s1", "s2");
        assertThat(askOften(Scene.HTTP_PORT)).as("all ports").containsOnly("s1", "s2");
        assertThat(askOften(5001)).as("all ports").containsOnly("s1:5001", "s2:5001");
        assertThat(askOften(6001)).as("the range").containsOnly("s2:6001");
        assertThatThrownBy(() -> ask(Lab.VIRTUAL, 6100)).hasMessageContaining("curl: (7)");

        // A client of FTP needs its control and its data connections with one server.
        Shell.run(scene.balancer, "service edit tcp " + all + " --persistence 300");
        Set<String> servers = new HashSet<>();
        for (int port : new int[] {5001, Scene.HTTP_PORT, 5001, Scene.HTTP_PORT, 5001}) {
            servers.add(ask(Lab.VIRTUAL, port).substring(0, 2));
        }
        assertThat(servers).hasSize(1);

        Shell.run(scene.balancer, "service remove tcp " + all);
        assertThatThrownBy(() -> ask(Lab.VIRTUAL, 5001)).hasMessageContaining("curl: (7)");
        assertThat(ask(Lab.VIRTUAL, 6001)).isEqualTo("s2:6001");
    }

    @Test
    void aGroupIsReachedOverBothFamilies() {
        scene.close();
        scene = Scene.dualStack(1500);
        listen(LabFamily.IPV4, 5001);
        listen(LabFamily.IPV4, 5003);
        String frontends =
                new Endpoint(LabFamily.IPV4.virtual(), 5001)
                        + ","
                        + new Endpoint(LabFamily.IPV6.virtual(), 5001)
                        + "-5003";
        add("group:shop", 1, " --frontends " + frontends);

        assertThat(ask(LabFamily.IPV4.virtual(), 5001)).isEqualTo("s1:5001");
        assertThat(ask(LabFamily.IPV6.virtual(), 5001)).isEqualTo("s1:5001");
        assertThat(ask(LabFamily.IPV6.virtual(), 5003)).isEqualTo("s1:5003");
        assertThatThrownBy(() -> ask(LabFamily.IPV4.virtual(), 5003))
                .hasMessageContaining("curl: (7)");
        assertThat(Shell.run(scene.balancer, "ipvsadm -Ln")).contains("TCP  group:shop rr");
    }
}
