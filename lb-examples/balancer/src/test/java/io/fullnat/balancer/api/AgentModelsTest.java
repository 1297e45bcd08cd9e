// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import static io.fullnat.balancer.api.ApiRig.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Fields of services that the models of DPVS's agent have, beside what this balancer has.
final class AgentModelsTest {
    private static final String NEW = "/v2/vs/192.0.2.80-53-udp";

    private final ApiRig rig = new ApiRig().serving();

    @AfterEach
    void close() {
        rig.close();
    }

    /// The flag of DPVS's agent, and from when on, which this balancer has besides.
    @Test
    void synProxiesAreOnOrOff() {
        rig.put(WEB, "{\"SynProxy\":true}").is(200, "changed");
        rig.put(WEB, "{\"SynProxy\":true}").is(200, "unchanged");
        assertThat(rig.get(WEB).text())
                .contains("\"SynProxy\":\"true\"", "\"SynProxyMode\":\"always\"");
        rig.put(WEB, "{\"SynProxyMode\":\"10000,scale=9\"}").is(200, "changed");
        rig.put(WEB, "{\"SynProxy\":true}").is(200, "unchanged");
        assertThat(rig.get(WEB).text()).contains("\"SynProxyMode\":\"10000,scale=9\"");
        rig.put(WEB, "{\"SynProxy\":false}").is(200, "changed");
        assertThat(rig.get(WEB).text())
                .contains("\"SynProxy\":\"false\"", "\"SynProxyMode\":\"off\"");
        for (String both :
                List.of(
                        "{\"SynProxy\":true,\"SynProxyMode\":\"off\"}",
                        "{\"SynProxy\":false,\"SynProxyMode\":\"always\"}")) {
            rig.put(WEB, both)
                    .refuses(
                            400,
                            "INVALID_ARGUMENT",
                            "$.SynProxy and $.SynProxyMode contradict each other");
        }
        rig.put(WEB, "{\"SynProxy\":true,\"SynProxyMode\":\"7\"}").is(200, "changed");
        rig.put(WEB, "{\"SynProxy\":false,\"SynProxyMode\":\"off\"}").is(200, "changed");
        rig.put(NEW, "{\"SynProxy\":true}").refuses(400, "INVALID_ARGUMENT", "of TCP");
    }

    /// The flag of DPVS's agent, and what this balancer has besides; answers have no keys.
    @Test
    void connectionIdsOfQuicNameServers() {
        String key = "8f95f09245765f80256934e50c66207f";
        rig.put(NEW, "{\"Quic\":true}").is(201, "created");
        rig.put(NEW, "{\"Quic\":true,\"SchedName\":\"wlc\"}").is(200, "unchanged");
        assertThat(rig.get(NEW).text()).contains("\"Quic\":\"true\"", "\"QuicRouting\":[\"dpvs\"]");
        rig.put(NEW, "{\"Quic\":false}").is(200, "changed");
        assertThat(rig.get(NEW).text()).contains("\"Quic\":\"false\"", "\"QuicRouting\":[]");
        rig.put(NEW, "{\"QuicRouting\":[\"config 2 server-id 1 nonce 4 key " + key + "\"]}")
                .is(200, "changed");
        assertThat(rig.get(NEW).text())
                .contains("config 2 server-id 1 nonce 4 key sha256:2700dc41")
                .doesNotContain(key);
        rig.put(NEW, "{\"Quic\":false}").is(200, "unchanged");
        rig.put(WEB, "{\"Quic\":true}").refuses(400, "INVALID_ARGUMENT", "only services of UDP");
    }

    /// What the models of DPVS's agent have for it, with the number that it lists.
    @ParameterizedTest
    @CsvSource({"v1, 1", "v2, 2", "v1-insecure, 17", "v2-insecure, 18", "disable, 0"})
    void headersTellServersTheirClients(String form, int number) {
        rig.put(WEB, "{\"ProxyProtocol\":\"v1\"}").is(200, "changed");
        rig.put(WEB, "{\"ProxyProtocol\":\"" + form + "\"}")
                .is(200, form.equals("v1") ? "unchanged" : "changed");
        assertThat(rig.get(WEB).text())
                .contains("\"ProxyProtocol\":\"" + form + "\"", "\"ProxyProto\":" + number + ",");
    }

    @Test
    void aPartOfThePacketsPasses() {
        rig.put(WEB, "{\"LimitProportion\":50}").is(200, "changed");
        assertThat(rig.get(WEB).text()).contains("\"LimitProportion\":50");
        rig.put(WEB, "{\"LimitProportion\":100}").is(200, "changed");
        assertThat(rig.get(WEB).text()).contains("\"LimitProportion\":100");
    }
}
