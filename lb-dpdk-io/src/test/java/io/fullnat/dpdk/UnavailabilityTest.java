// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Why DPDK cannot be used, in a sentence, whatever the reason; never by an exception.
final class UnavailabilityTest {
    private static void fail(String message) {
        throw new BalancerException(ErrorCode.MISSING_LIBRARY, message);
    }

    @Test
    void nothingIsInTheWayWhereTheLibrariesLoad() {
        assertThat(Unavailability.reason(() -> {})).isEmpty();
    }

    @Test
    void missingAndUnknownLibrariesAreNamedWithTheRemedy() {
        assertThat(Unavailability.reason(() -> fail(DpdkLibraries.missing(List.of()))))
                .get()
                .asString()
                .contains("DPDK is not installed", "DPDK 22.11 (librte_eal.so.23)", "apt-get");
        assertThat(
                        Unavailability.reason(
                                () -> fail(DpdkLibraries.missing(List.of("librte_eal.so.21")))))
                .get()
                .asString()
                .contains("found librte_eal.so.21, which is not supported", "supported: DPDK");
    }

    @Test
    void whateverElseLoadingThrowsIsASentenceToo() {
        assertThat(
                        Unavailability.reason(() -> {
                            throw new UnsatisfiedLinkError("undefined symbol: rte_x");
                        }))
                .get()
                .asString()
                .contains("DPDK cannot be loaded", "undefined symbol: rte_x");
        assertThat(
                        Unavailability.reason(() -> {
                            throw new IllegalStateException("odd");
                        }))
                .get()
                .asString()
                .contains("odd");
    }

    @ParameterizedTest
    @CsvSource({"Windows 11,amd64", "Mac OS X,aarch64", "Linux,s390x", "Linux,x86"})
    void otherSystemsAreTold(String system, String machine) {
        assertThat(Unavailability.system(system, machine))
                .get()
                .asString()
                .contains("Linux on x86-64 or arm64", system + " on " + machine);
    }

    @ParameterizedTest
    @CsvSource({"Linux,amd64", "Linux,aarch64"})
    void theseSystemsWillDo(String system, String machine) {
        assertThat(Unavailability.system(system, machine)).isEmpty();
    }

    @Test
    void dpdkItselfSaysTheSameAsOpeningIt() {
        String why = DpdkIo.unavailability().orElse("");
        String thrown = "";
        try {
            DpdkIo.load();
        } catch (BalancerException e) {
            thrown = String.valueOf(e.getMessage());
        }
        assertThat(why).isEqualTo(thrown);
    }
}
