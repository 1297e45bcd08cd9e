// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.IpAddress;
import io.fullnat.api.Protocol;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How real servers are told who their clients are, whom FullNAT hides from them: by a TCP option
/// (TOA), or by what goes with the first datagrams of UDP (UOA). Servers need a module that
/// understands it. Also what the PROXY protocol says beside who the client is. Begins with [#NONE];
/// the `with` methods give changed copies. Immutable and thread-safe.
public final class ClientDisclosure {
    /// The option kind of TOA that receivers know unless told otherwise.
    public static final int DEFAULT_TOA_KIND = 254;

    /// The smallest option kind of TOA: those below have another meaning.
    public static final int MIN_TOA_KIND = 70;

    /// The largest.
    public static final int MAX_TOA_KIND = 255;

    /// How many datagrams tell it unless said.
    public static final int DEFAULT_UOA_PACKETS = 3;

    /// The most datagrams of a connection that can tell it.
    public static final int MAX_UOA_PACKETS = 255;

    /// Nobody is told.
    public static final ClientDisclosure NONE =
            new ClientDisclosure(false, DEFAULT_TOA_KIND, Uoa.OFF, DEFAULT_UOA_PACKETS, Set.of());

    private final boolean toa;
    private final int toaKind;
    private final Uoa uoa;
    private final int uoaPackets;
    private final Set<ProxyTlv> proxyTlvs;

    private ClientDisclosure(
            boolean toa, int toaKind, Uoa uoa, int uoaPackets, Set<ProxyTlv> proxyTlvs) {
        this.toa = toa;
        this.toaKind = toaKind;
        this.uoa = uoa;
        this.uoaPackets = uoaPackets;
        this.proxyTlvs = proxyTlvs;
    }

    /// What tells a server of UDP.
    public enum Uoa {
        /// Nothing.
        OFF,
        /// A header of its own between IP and UDP (IP protocol 248).
        OPP,
        /// An option of IPv4 (kind 31).
        IPO;

        /// The word for it in configurations and commands.
        ///
        /// @return `off`, `opp` or `ipo`
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Whether servers of TCP are told by an option.
    ///
    /// @return false if not
    public boolean toa() {
        return toa;
    }

    /// The kind of that option.
    ///
    /// @return [#MIN_TOA_KIND] to [#MAX_TOA_KIND]
    public int toaKind() {
        return toaKind;
    }

    /// What tells servers of UDP.
    ///
    /// @return how
    public Uoa uoa() {
        return uoa;
    }

    /// How many datagrams of a connection tell it, unless the server answers before.
    ///
    /// @return 1 to [#MAX_UOA_PACKETS]
    public int uoaPackets() {
        return uoaPackets;
    }

    /// What headers of the PROXY protocol say beside addresses and ports
    /// ([ServicePolicy#proxyProtocol()]).
    ///
    /// @return unmodifiable
    public Set<ProxyTlv> proxyTlvs() {
        return proxyTlvs;
    }

    /// The same with or without TOA.
    ///
    /// @param value whether servers of TCP are told
    /// @return a new value
    public ClientDisclosure withToa(boolean value) {
        return new ClientDisclosure(value, toaKind, uoa, uoaPackets, proxyTlvs);
    }

    /// The same with another kind of option.
    ///
    /// @param kind [#MIN_TOA_KIND] to [#MAX_TOA_KIND]
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for another
    public ClientDisclosure withToaKind(int kind) {
        require("toa-kind", kind, MIN_TOA_KIND, MAX_TOA_KIND);
        return new ClientDisclosure(toa, kind, uoa, uoaPackets, proxyTlvs);
    }

    /// The same with another UOA.
    ///
    /// @param form what tells servers of UDP
    /// @return a new value
    public ClientDisclosure withUoa(Uoa form) {
        Uoa value = requireNonNull(form, "form");
        return new ClientDisclosure(toa, toaKind, value, uoaPackets, proxyTlvs);
    }

    /// The same with another number of datagrams.
    ///
    /// @param count 1 to [#MAX_UOA_PACKETS]
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] for another
    public ClientDisclosure withUoaPackets(int count) {
        require("uoa-packets", count, 1, MAX_UOA_PACKETS);
        return new ClientDisclosure(toa, toaKind, uoa, count, proxyTlvs);
    }

    /// The same, but for what headers of the PROXY protocol say beside addresses and ports.
    ///
    /// @param others all of it; a service without version 2 of the protocol refuses any
    /// @return a new value
    public ClientDisclosure withProxyTlvs(Set<ProxyTlv> others) {
        return new ClientDisclosure(toa, toaKind, uoa, uoaPackets, Set.copyOf(others));
    }

    private static void require(String what, int value, int min, int max) {
        if (value < min || value > max) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT, what + " " + value + " is not " + min + "-" + max);
        }
    }

    /// Refuses what is not for a service.
    ///
    /// @param key of the service
    /// @param servers of it
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if it is for another protocol or
    ///   family
    void require(ServiceKey key, List<RealServer> servers) {
        require(toa, "TOA", key, Protocol.TCP);
        require(uoa != Uoa.OFF, "UOA", key, Protocol.UDP);
        boolean ipv4 =
                isIpv4(key.endpoint().address())
                        && servers.stream().allMatch(one -> isIpv4(one.endpoint().address()));
        if (uoa == Uoa.IPO && !ipv4) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "UOA ipo of " + key + ": it is an option of IPv4; say opp where there is IPv6");
        }
    }

    private static boolean isIpv4(IpAddress address) {
        return address.bitLength() == Integer.SIZE;
    }

    private static void require(boolean wanted, String what, ServiceKey key, Protocol its) {
        if (wanted && key.protocol() != its) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    what
                            + " of "
                            + key
                            + ": only services of "
                            + its
                            + " can have it; leave it out");
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof ClientDisclosure that
                        && toa == that.toa
                        && toaKind == that.toaKind
                        && uoa == that.uoa
                        && uoaPackets == that.uoaPackets
                        && proxyTlvs.equals(that.proxyTlvs));
    }

    @Override
    public int hashCode() {
        return Objects.hash(toa, toaKind, uoa, uoaPackets, proxyTlvs);
    }

    /// In the words of configurations and commands.
    @Override
    public String toString() {
        String text = toa ? "toa" : "";
        if (toaKind != DEFAULT_TOA_KIND) {
            text += " toa-kind " + toaKind;
        }
        if (uoa != Uoa.OFF) {
            text += " uoa " + uoa.word();
        }
        if (uoaPackets != DEFAULT_UOA_PACKETS) {
            text += " uoa-packets " + uoaPackets;
        }
        if (!proxyTlvs.isEmpty()) {
            text += " proxy-tlvs " + ProxyTlv.text(proxyTlvs);
        }
        return text.strip();
    }
}
