// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.balancer.doctor.Machine.NamedFile;
import io.fullnat.balancer.doctor.Machine.Role;
import io.fullnat.balancer.host.HostFinding;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// What is found on the machine and in files, at each threshold and beside it.
final class MachineChecksTest {
    private final Sample sample = new Sample();

    private void is(@Nullable String expected) {
        assertThat(sample.found())
                .containsExactlyElementsOf(expected == null ? List.of() : List.of(expected));
    }

    @ParameterizedTest
    @EnumSource(HostFinding.class)
    void allAdviceAboutTheHost(HostFinding kind) {
        sample.advice.add(new Running.Advice(kind.name(), "CPU 3"));
        is(HostCheck.level(kind) + " " + kind.name());
        assertThat(sample.only().seen()).isEqualTo("CPU 3");
        assertThat(sample.only().remedy()).isEqualTo(kind.advice());
    }

    @ParameterizedTest
    @CsvSource({
        "tsc,",
        "kvm-clock,",
        "arch_sys_counter,",
        "hpet, WARNING CLOCK_SOURCE",
        "acpi_pm, WARNING CLOCK_SOURCE"
    })
    void clock(String source, @Nullable String expected) {
        sample.clockSource = Optional.of(source);
        is(expected);
    }

    @Test
    void timeMattersWhereSecretsAreShared() {
        sample.synchronised = Optional.of(false);
        is(null);
        sample.yaml =
                Sample.YAML.replace("count: 2", "count: 2, cookie-secrets-file: /etc/secrets");
        is("WARNING CLOCK_NOT_SYNCHRONISED");
        sample.synchronised = Optional.of(true);
        is(null);
        sample.synchronised = Optional.empty();
        is(null);
    }

    @ParameterizedTest
    @CsvSource({"0,", "4, WARNING SWAPPED"})
    void swap(long kilobytes, @Nullable String expected) {
        sample.swapped = OptionalLong.of(kilobytes);
        is(expected);
    }

    @ParameterizedTest
    @CsvSource({"799,", "800, WARNING OPEN_FILES", "1000, WARNING OPEN_FILES"})
    void openFiles(long open, @Nullable String expected) {
        sample.openFiles = OptionalLong.of(open);
        is(expected);
    }

    @ParameterizedTest
    @CsvSource({"899,", "900, WARNING MEMORY_LIMIT"})
    void memoryOfTheCgroup(long used, @Nullable String expected) {
        sample.memoryUsed = OptionalLong.of(used);
        is(expected);
        sample.memoryLimit = OptionalLong.empty();
        is(null);
    }

    @ParameterizedTest
    @CsvSource({
        "-XX:+UseZGC,",
        "-XX:+UseSerialGC, WARNING COLLECTOR",
        "-XX:+UseParallelGC, WARNING COLLECTOR",
        "-Xint, WARNING DEBUGGED",
        "-agentlib:jdwp=transport=dt_socket, WARNING DEBUGGED",
        "-ea, WARNING DEBUGGED",
        "-Xms64m,"
    })
    void optionsOfTheJvm(String option, @Nullable String expected) {
        sample.arguments.set(1, option);
        is(expected);
        sample.arguments.set(1, "-Xms1g");
        sample.arguments.add(option); // of the program
        is(null);
    }

    @ParameterizedTest
    @CsvSource({"0.89,", "0.90, WARNING HEAP_FULL"})
    void heap(double used, @Nullable String expected) {
        sample.heap = Optional.of(used);
        is(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "19999, -Xmx1g,",
        "20000, -Xmx1g, HINT HEAP_SMALL",
        "20000, -Xmx2047m, HINT HEAP_SMALL",
        "20000, -Xmx2g,",
        "20000, -Xmx2097152k,",
        "20000, -Xss1m,"
    })
    void heapForManyServices(int services, String option, @Nullable String expected) {
        Running.Service service = sample.services.getFirst();
        sample.services.clear();
        sample.services.addAll(Collections.nCopies(services, service));
        sample.arguments.set(2, option);
        is(expected);
    }

    @Test
    void interfaces() {
        sample.interfaces.put("wan", Sample.network(false, true, 0, "full", List.of()));
        is("FAULT INTERFACE_MISSING");
        sample.interfaces.put("wan", Sample.network(true, false, 1500, "full", List.of()));
        is("FAULT INTERFACE_DOWN");
        assertThat(sample.only().remedy()).isEqualTo("`ip link set dev eth0 up`");
        sample.interfaces.put("wan", Sample.network(true, true, 1500, "full", List.of("10.0.1.1")));
        is("WARNING KERNEL_ADDRESS");
        assertThat(sample.only().remedy()).isEqualTo("`ip address del 10.0.1.1 dev eth0`");
        sample.interfaces.put("wan", Sample.network(true, true, 1500, "full", List.of("10.0.9.1")));
        is(null);
    }

    @ParameterizedTest
    @CsvSource({"1499, WARNING MTU_DIFFERS", "1500,", "1501,"})
    void mtu(int mtu, @Nullable String expected) {
        sample.interfaces.put("wan", Sample.network(true, true, mtu, "full", List.of()));
        is(expected);
    }

    @Test
    void devices() {
        sample.devices.put("lan", new Machine.Device("0000:01:00.0", false, Optional.empty()));
        is("FAULT DEVICE_MISSING");
        sample.devices.put("lan", new Machine.Device("0000:01:00.0", true, Optional.empty()));
        is("FAULT DEVICE_DRIVER");
        sample.devices.put("lan", new Machine.Device("0000:01:00.0", true, Optional.of("ixgbe")));
        is("FAULT DEVICE_DRIVER");
        assertThat(sample.only().remedy())
                .isEqualTo("`dpdk-devbind.py --bind=vfio-pci 0000:01:00.0`");
        for (String driver : List.of("vfio-pci", "mlx5_core")) {
            sample.devices.put(
                    "lan", new Machine.Device("0000:01:00.0", true, Optional.of(driver)));
            is(null);
        }
    }

    @Test
    void theOtherDriverOfPacketSockets() {
        sample.yaml = Sample.YAML.replace("af_packet:eth0", "net_af_packet0,iface=eth0");
        is("WARNING NET_AF_PACKET");
        assertThat(sample.only().remedy()).contains("say `af_packet:eth0`");
    }

    @ParameterizedTest
    @CsvSource({
        "SOCKET, rwxrwx---,",
        "SOCKET, rwxrwxr-x,",
        "SOCKET, rwxrwxrwx, WARNING SOCKET_OPEN",
        "CONFIGURATION, rw-r--r--,",
        "CONFIGURATION, rw-r--rw-, WARNING FILE_OPEN",
        "SECRET, rw-r-----,",
        "SECRET, rw-r--r--, FAULT SECRET_OPEN",
        "SECRET, rw-----w-, FAULT SECRET_OPEN",
        "PUBLIC, rw-r--r--,",
        "PUBLIC, rw-rw-rw-, WARNING FILE_OPEN"
    })
    void modes(Role role, String mode, @Nullable String expected) {
        sample.files.add(new NamedFile(Path.of("/f"), "key", role, true, Optional.of(mode)));
        is(expected);
    }

    @Test
    void filesThatAreMissingOrCannotBeSeen() {
        sample.files.add(new NamedFile(Path.of("/f"), "key", Role.SECRET, true, Optional.empty()));
        is(null);
        sample.files.set(
                0, new NamedFile(Path.of("/f"), "key", Role.SECRET, false, Optional.empty()));
        is("FAULT FILE_MISSING");
    }

    @ParameterizedTest
    @CsvSource({
        "P30D,",
        "P29DT23H, WARNING CERTIFICATE_ENDS",
        "P3D, WARNING CERTIFICATE_ENDS",
        "P2DT23H, FAULT CERTIFICATE_ENDED",
        "PT-1S, FAULT CERTIFICATE_ENDED"
    })
    void certificates(Duration left, @Nullable String expected) {
        sample.certificates.add(
                new Machine.Certificate(
                        Path.of("/c"),
                        "api.tcp.certificate",
                        Sample.NOW.minusSeconds(1),
                        Sample.NOW.plus(left)));
        is(expected);
    }

    @Test
    void aCertificateThatIsNotValidYet() {
        sample.certificates.add(
                new Machine.Certificate(
                        Path.of("/c"),
                        "api.tcp.certificate",
                        Sample.NOW.plusSeconds(1),
                        Sample.NOW.plus(Duration.ofDays(400))));
        is("FAULT CERTIFICATE_ENDED");
        assertThat(sample.only().seen()).startsWith("begins at ");
    }

    @Test
    void aWrongConfiguration() {
        sample.runs = false;
        sample.asked = true;
        sample.wrong = Optional.of("f.yaml:1: unknown key \"prots\"");
        assertThat(sample.found()).containsExactly("FAULT CONFIGURATION_WRONG", "HINT NO_BALANCER");
    }
}
