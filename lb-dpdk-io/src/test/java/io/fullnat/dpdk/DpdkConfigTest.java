// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.MacAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DpdkConfigTest {
    private static final DpdkPortConfig PORT = DpdkPortConfig.of("dpdk0", "ring:");

    private static DpdkConfig.Builder builder() {
        return DpdkConfig.builder().port(PORT);
    }

    private static void refused(Runnable construction, String... message) {
        assertThatThrownBy(construction::run)
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContainingAll(message);
    }

    @Test
    void shouldRefuseValuesOutOfRangeAndNameThem() {
        refused(() -> DpdkConfig.builder().build(), "no port");
        refused(() -> builder().port(PORT).build(), "two ports are named dpdk0");
        refused(() -> builder().workers(0).build(), "workers 0", "1-120");
        refused(() -> builder().memoryMb(1).build(), "memoryMb 1", "64-");
        refused(() -> builder().buffers(1023).build(), "buffers 1023", "1024-");
        refused(() -> builder().descriptors(63, 64).build(), "receiveDescriptors 63");
        refused(() -> builder().descriptors(64, 65536).build(), "transmitDescriptors 65536");
        refused(() -> builder().filePrefix("../x").build(), "filePrefix \"../x\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "af_packet:eth7 | af_packet:eth7,blocksz=4096 | interface eth7",
                "af_packet:eth7 | pcap:iface=eth7 | interface eth7",
                "0000:01:00.0 | 01:00.0,rx_vec=1 | PCI device 0000:01:00.0",
                "net_null3,size=64 | net_null3 | device net_null3",
                "vhost:/run/a | vhost:/run/a | socket /run/a",
            })
    void shouldRefuseToOpenTheSameTwice(String first, String second, String named) {
        DpdkConfig.Builder both = DpdkConfig.builder().port("a", first).port("b", second);

        refused(both::build, "port b", named);
    }

    @Test
    void shouldOpenTwoOfAKind() {
        DpdkConfig.builder()
                .port("a", "null:")
                .port("b", "null:")
                .port("c", "af_packet:eth7")
                .port("d", "af_packet:eth8")
                .port("e", "virtio_user:/dev/vhost-net")
                .port("f", "virtio_user:/dev/vhost-net")
                .build();
    }

    @Test
    void shouldRefuseAPortsValuesAndNameThePort() {
        refused(() -> DpdkPortConfig.of("a b", "ring:"), "\"a b\" is not a port name");
        refused(() -> PORT.withQueues(0), "port dpdk0", "queues 0");
        refused(() -> PORT.withMtu(67), "port dpdk0", "mtu 67", "68-9600");
        refused(() -> PORT.withMac(MacAddress.BROADCAST), "port dpdk0", "ff:ff:ff:ff:ff:ff");
        refused(() -> PORT.withMac(new MacAddress(0)), "00:00:00:00:00:00");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "-h",
                "--he",
                "-vh",
                "--version",
                "--vdev=net_null0",
                "--no-huge",
                "--in-memory",
                "--file-prefix=x",
                "-l",
                "-m",
                "--log-level",
                "--log-level=",
                "--proc-type=secondary",
                "-a",
                "",
                "--",
                "x"
            })
    void shouldRefuseArgumentsThatWouldContradictOursOrEndTheProcess(String argument) {
        refused(() -> builder().ealArguments(argument).build(), "\"" + argument + "\"");
    }

    @Test
    void shouldRefuseAnArgumentWithoutItsValue() {
        refused(() -> builder().ealArguments("-d").build(), "\"-d\"");
        refused(() -> builder().ealArguments("-d", "--help").build(), "\"-d\"");
    }

    @Test
    void shouldPassKnownArgumentsOn() {
        DpdkConfig config =
                builder()
                        .ealArguments("--iova-mode=va", "-d", "/opt/pmd.so")
                        .filePrefix("x")
                        .build();

        assertThat(EalArguments.of(config, "0-3", 256, false, false))
                .containsExactly(
                        "fullnat",
                        "--lcores=0@(0-3)",
                        "--file-prefix=x",
                        "--no-telemetry",
                        "--no-huge",
                        "--no-shconf",
                        "-m",
                        "256",
                        "--no-pci",
                        "--iova-mode=va",
                        "-d",
                        "/opt/pmd.so");
    }

    @Test
    void shouldAllowDpdkOnlyTheNamedPciDevices() {
        DpdkConfig config = builder().port("dpdk1", "01:00.0,rx_vec=1").build();

        List<String> arguments = EalArguments.of(config, "0", 256, true, true);

        assertThat(arguments)
                .contains("--in-memory", "--allow=0000:00:00.0", "--allow=0000:01:00.0,rx_vec=1")
                .doesNotContain("--no-huge", "--no-pci");
    }

    @Test
    void shouldReckonBuffersAndMemoryFromQueuesAndMtu() {
        MemoryPlan small = MemoryPlan.of(builder().build());
        MemoryPlan large =
                MemoryPlan.of(
                        builder()
                                .port(DpdkPortConfig.of("dpdk1", "ring:").withMtu(9000))
                                .workers(8)
                                .descriptors(4096, 4096)
                                .build());

        assertThat(small).isEqualTo(new MemoryPlan(16383, 2048 + 128, 256));
        assertThat(large.buffers()).isGreaterThanOrEqualTo(2 * 8 * 2 * 4096);
        assertThat(large.room()).isGreaterThanOrEqualTo(9000 + 26 + 128);
        assertThat((long) large.memoryMb() << 20)
                .isGreaterThan((long) large.buffers() * (large.room() + MbufLayout.SIZE));
    }
}
