// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AbiTest {
    @ParameterizedTest
    @CsvSource({
        "DPDK 22.11.11, 23",
        "DPDK 23.07.0, 23",
        "DPDK 23.11.2, 24",
        "DPDK 24.11.0-rc1, 25",
        "DPDK 25.11.0, 26",
        "DPDK 26.07.0, 26",
    })
    void shouldFollowFromTheRelease(String version, int number) {
        assertThat(Abi.ofVersion(version).number()).isEqualTo(number);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DPDK 21.11.0", "DPDK 26.11.0", "DPDK", ""})
    void shouldRefuseAnUnknownReleaseNamingItAndTheSupportedOnes(String version) {
        assertThatThrownBy(() -> Abi.ofVersion(version))
                .isInstanceOfSatisfying(
                        BalancerException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.MISSING_LIBRARY))
                .hasMessageContaining("\"" + version + "\"")
                .hasMessageContaining("DPDK 22.11 (librte_eal.so.23)")
                .hasMessageContaining("DPDK 25.11 (librte_eal.so.26)");
    }

    @Test
    void shouldBeSearchedNewestFirst() {
        assertThat(Abi.SUPPORTED).extracting(Abi::number).containsExactly(26, 25, 24, 23);
    }

    @Test
    void shouldSayWhatToInstallIfNoLibraryIsThere() {
        assertThat(DpdkLibraries.missing(List.of()))
                .contains("not installed")
                .contains("apt-get install dpdk")
                .contains("LD_LIBRARY_PATH");
    }

    @Test
    void shouldSayWhatIsInstalledIfItIsNotSupported() {
        assertThat(DpdkLibraries.missing(List.of("librte_eal.so.20.0")))
                .contains("found librte_eal.so.20.0, which is not supported")
                .contains("DPDK 24.11 (librte_eal.so.25)");
    }

    @Test
    void shouldSayThatASupportedLibraryIsBroken() {
        assertThat(DpdkLibraries.missing(List.of("librte_eal.so.23", "librte_eal.so.23.0")))
                .contains("librte_eal.so.23 is installed but cannot be loaded", "ldd");
    }
}
