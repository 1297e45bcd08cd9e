// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// One binary interface of DPDK. It changes each November and holds for the releases of the year
/// that follows; libraries carry its number (`librte_eal.so.23`).
///
/// @param number the number in the libraries' names
/// @param releases the releases that have it, for messages
/// @param portOps layout of `struct rte_eth_fp_ops`
/// @param deviceInfo layout of `struct rte_eth_dev_info`
record Abi(int number, String releases, PortOpsLayout portOps, DeviceInfoLayout deviceInfo) {
    /// The supported ones, newest first.
    static final List<Abi> SUPPORTED =
            List.of(
                    new Abi(26, "25.11", PortOpsLayout.OF_23_11, DeviceInfoLayout.OF_23_11),
                    new Abi(25, "24.11", PortOpsLayout.OF_23_11, DeviceInfoLayout.OF_23_11),
                    new Abi(24, "23.11", PortOpsLayout.OF_23_11, DeviceInfoLayout.OF_23_11),
                    new Abi(23, "22.11", PortOpsLayout.OF_22_11, DeviceInfoLayout.OF_22_11));

    private static final Pattern RELEASE = Pattern.compile("(\\d{2})\\.(\\d{2})");
    private static final int ABI_MONTH = 11;

    /// The ABI that a release has.
    ///
    /// @param version what `rte_version()` returns, for example `DPDK 22.11.11`
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY] if it is not a supported one
    static Abi ofVersion(String version) {
        Matcher release = RELEASE.matcher(version);
        if (release.find()) {
            int year = Integer.parseInt(release.group(1));
            int month = Integer.parseInt(release.group(2));
            Optional<Abi> abi = ofNumber(month >= ABI_MONTH ? year + 1 : year);
            if (abi.isPresent()) {
                return abi.get();
            }
        }
        throw new BalancerException(
                ErrorCode.MISSING_LIBRARY,
                "the installed library calls itself \""
                        + version
                        + "\", whose memory layout is not known; supported: "
                        + supported());
    }

    private static Optional<Abi> ofNumber(int number) {
        return SUPPORTED.stream().filter(abi -> abi.number == number).findFirst();
    }

    /// The supported releases, for messages.
    static String supported() {
        return SUPPORTED.stream()
                .map(abi -> "DPDK " + abi.releases + " (librte_eal.so." + abi.number + ")")
                .collect(Collectors.joining(", "));
    }
}
