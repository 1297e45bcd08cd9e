// SPDX-License-Identifier: Apache-2.0
package io.fullnat.dpdk;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import java.io.File;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The installed DPDK libraries of one ABI, the newest supported one that the system's loader
/// finds. A DPDK outside the loader's path is found through `LD_LIBRARY_PATH`.
///
/// @param abi their number and layouts
/// @param eal `librte_eal`
/// @param ethdev `librte_ethdev`
/// @param mempool `librte_mempool`
/// @param mbuf `librte_mbuf`
record DpdkLibraries(
        Abi abi, SymbolLookup eal, SymbolLookup ethdev, SymbolLookup mempool, SymbolLookup mbuf) {
    private static final List<String> FOLDERS =
            List.of(
                    "/usr/lib/x86_64-linux-gnu",
                    "/usr/lib/aarch64-linux-gnu",
                    "/usr/lib64",
                    "/usr/lib",
                    "/usr/local/lib/x86_64-linux-gnu",
                    "/usr/local/lib/aarch64-linux-gnu",
                    "/usr/local/lib64",
                    "/usr/local/lib");

    /// Opens the libraries.
    ///
    /// @throws BalancerException [ErrorCode#MISSING_LIBRARY] naming what is installed, what is
    ///   supported and what to install
    static DpdkLibraries open() {
        for (Abi abi : Abi.SUPPORTED) {
            SymbolLookup eal = openOrNull("eal", abi);
            if (eal != null) {
                return new DpdkLibraries(
                        abi, eal, open("ethdev", abi), open("mempool", abi), open("mbuf", abi));
            }
        }
        throw new BalancerException(ErrorCode.MISSING_LIBRARY, missing(installed(FOLDERS)));
    }

    /// What to tell when no supported library was found.
    ///
    /// @param installed file names of libraries that are there but could not be used
    static String missing(List<String> installed) {
        String install =
                "; supported: "
                        + Abi.supported()
                        + ". Install it (Debian and Ubuntu: apt-get install dpdk; Fedora: dnf"
                        + " install dpdk) or point LD_LIBRARY_PATH at it";
        if (installed.isEmpty()) {
            return "DPDK is not installed: no librte_eal was found" + install;
        }
        for (Abi abi : Abi.SUPPORTED) {
            if (installed.contains(fileName("eal", abi))) {
                return fileName("eal", abi)
                        + " is installed but cannot be loaded: ldd tells which library it misses;"
                        + " reinstall DPDK (Debian and Ubuntu: apt-get install --reinstall dpdk)";
            }
        }
        return "found " + String.join(", ", installed) + ", which is not supported" + install;
    }

    private static SymbolLookup open(String part, Abi abi) {
        SymbolLookup library = openOrNull(part, abi);
        if (library == null) {
            throw new BalancerException(
                    ErrorCode.MISSING_LIBRARY,
                    fileName("eal", abi)
                            + " is installed but "
                            + fileName(part, abi)
                            + " is not: install the whole of DPDK (Debian and Ubuntu: apt-get"
                            + " install dpdk)");
        }
        return library;
    }

    private static @Nullable SymbolLookup openOrNull(String part, Abi abi) {
        try {
            return NativeFunction.open(fileName(part, abi));
        } catch (IllegalArgumentException absent) {
            return null;
        }
    }

    private static String fileName(String part, Abi abi) {
        return "librte_" + part + ".so." + abi.number();
    }

    private static List<String> installed(List<String> folders) {
        TreeSet<String> names = new TreeSet<>();
        for (String folder : folders) {
            String[] files =
                    new File(folder).list((parent, name) -> name.startsWith("librte_eal.so."));
            if (files != null) {
                names.addAll(List.of(files));
            }
        }
        return List.copyOf(names);
    }
}
