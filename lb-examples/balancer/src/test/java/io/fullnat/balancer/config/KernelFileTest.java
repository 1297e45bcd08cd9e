// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.network.PuntSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a file says of the kernel's interfaces beside ports.
class KernelFileTest {
    private static final String FILE =
            """
            ports:
              - {name: wan, device: "af_packet:a", kernel: kwan}
              - {name: lan, device: "af_packet:b"}
            addresses:
              - {address: 192.0.2.1/24, device: wan}
              - {address: 192.0.2.9/24, device: wan, kernel: true}
            kernel-path: {host-rate: 7, virtual-addresses: punt, defence-udp-drop: true}
            """;

    @Test
    void whatIsWrittenIsReadAgain() {
        Configuration configuration = ConfigurationFile.parse("f", FILE);
        assertThat(configuration.ports().get(0).kernel()).contains("kwan");
        assertThat(configuration.ports().get(1).kernel()).isEmpty();
        assertThat(configuration.addresses().get(1).kernel()).isTrue();
        PuntSettings standard = PuntSettings.DEFAULT;
        assertThat(configuration.punting())
                .isEqualTo(
                        new PuntSettings(standard.routing(), 7, standard.other(), true)
                                .withDropped(false, true));

        String written = ConfigurationWriter.write(configuration);
        assertThat(ConfigurationFile.parse("g", written)).isEqualTo(configuration);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kernel: kwan}|kernel: a/b}|2: ports[0].kernel: \"a/b\" is no name of an interface",
                "device: \"af_packet:b\"|device: \"af_packet:b\", kernel: kwan"
                        + "|3: ports[1].kernel: two ports cannot share the kernel's interface \"kwan\"",
                "192.0.2.9/24, device: wan|10.0.1.9/24, device: lan.7"
                        + "|port lan has no interface of the kernel; give it one (kernel: NAME)",
                "host-rate: 7|host-rate: 0|7: kernel-path.host-rate: 0 is not",
                "virtual-addresses: punt|virtual-addresses: drop|\"drop\" is none of keep, punt",
                "defence-udp-drop: true|defence-udp-drop: 1|7: kernel-path.defence-udp-drop: ",
            })
    void whatIsWrongIsNamed(String part, String changed, String problem) {
        String file = FILE.replace(part, changed);
        assertThat(file).isNotEqualTo(FILE);
        assertThatThrownBy(() -> ConfigurationFile.parse("f", file)).hasMessageContaining(problem);
    }

    @Test
    void aGatewayIsNotReachedByAnAddressOfTheKernel() {
        String file =
                FILE.replace("  - {address: 192.0.2.1/24, device: wan}\n", "")
                        + "routes: [{to: 0.0.0.0/0, via: 192.0.2.254, device: wan}]\n";
        assertThatThrownBy(() -> ConfigurationFile.parse("f", file))
                .hasMessageContaining("192.0.2.254 is on no network of wan");
    }

    @Test
    void aVirtualAddressIsNotTheKernels() {
        String file =
                FILE
                        + """
                        services:
                          - {protocol: tcp, address: "192.0.2.9:80", locals: []}
                        """;
        assertThatThrownBy(() -> ConfigurationFile.parse("f", file))
                .hasMessageContaining("192.0.2.9 is the kernel's alone");
    }
}
