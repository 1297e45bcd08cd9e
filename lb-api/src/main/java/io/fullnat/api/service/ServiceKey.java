// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.service;

import static java.util.Objects.requireNonNull;

import io.fullnat.api.BalancerException;
import io.fullnat.api.Endpoint;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.Ipv4Address;
import io.fullnat.api.Protocol;
import java.util.regex.Pattern;

/// What names a virtual service: protocol, virtual address and port, range of ports, or all ports
/// (`TCP 192.0.2.80:80`, `TCP 192.0.2.80:1000-2000`, `TCP 192.0.2.80:0`); or the name of a group of
/// such ([VirtualService#frontends()]), as in `TCP group:shop`. Immutable and thread-safe.
///
/// @param protocol the transport protocol
/// @param endpoint the virtual address (VIP) and port that clients connect to, the first port of a
///   range, port 0 for all ports; `0.0.0.0:0` of a group
/// @param lastPort the port, or the last one of a range; 0 for all ports, and of a group
/// @param group the group's name, up to 32 letters, digits, `.`, `_` and `-`; empty if it is none
public record ServiceKey(Protocol protocol, Endpoint endpoint, int lastPort, String group)
        implements Comparable<ServiceKey> {
    private static final Endpoint NO_ENDPOINT = new Endpoint(Ipv4Address.ANY, 0);

    private static final String GROUP = "group:";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,31}");

    /// Checks ports and name.
    ///
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] as [Frontend], or for a name that no
    ///   group can have
    public ServiceKey {
        requireNonNull(protocol, "protocol");
        requireNonNull(endpoint, "endpoint");
        requireNonNull(group, "group");
        if (group.isEmpty()) {
            Frontend _ = new Frontend(endpoint.address(), endpoint.port(), lastPort);
        } else if (!NAME.matcher(group).matches()) {
            throw new BalancerException(
                    ErrorCode.INVALID_ARGUMENT,
                    "\""
                            + group
                            + "\" is no name of a group (a letter or digit, then up to 31 letters,"
                            + " digits, \".\", \"_\" and \"-\")");
        } else {
            endpoint = NO_ENDPOINT;
            lastPort = 0;
        }
    }

    /// A service of one port, or of all.
    ///
    /// @param protocol the transport protocol
    /// @param endpoint the virtual address, and the port or 0 for all ports
    public ServiceKey(Protocol protocol, Endpoint endpoint) {
        this(protocol, endpoint, requireNonNull(endpoint, "endpoint").port(), "");
    }

    /// A TCP service.
    ///
    /// @param address the virtual address in text form
    /// @param port its port, 0 for all ports
    /// @return the key
    public static ServiceKey tcp(String address, int port) {
        return new ServiceKey(Protocol.TCP, Endpoint.of(address, port));
    }

    /// A UDP service.
    ///
    /// @param address the virtual address in text form
    /// @param port its port, 0 for all ports
    /// @return the key
    public static ServiceKey udp(String address, int port) {
        return new ServiceKey(Protocol.UDP, Endpoint.of(address, port));
    }

    /// A service of one port, of a range, or of all ports.
    ///
    /// @param protocol the transport protocol
    /// @param frontend what clients connect to
    /// @return the key
    public static ServiceKey of(Protocol protocol, Frontend frontend) {
        return new ServiceKey(
                protocol,
                new Endpoint(frontend.address(), frontend.firstPort()),
                frontend.lastPort(),
                "");
    }

    /// A service of several virtual addresses, ports and ranges.
    ///
    /// @param protocol the transport protocol
    /// @param name of the group
    /// @return the key
    public static ServiceKey group(Protocol protocol, String name) {
        requireNonNull(protocol, "protocol");
        if (name.isEmpty()) {
            throw new BalancerException(ErrorCode.INVALID_ARGUMENT, "a group needs a name");
        }
        return new ServiceKey(protocol, NO_ENDPOINT, 0, name);
    }

    /// Reads what follows the protocol: `address:port`, `address:first-last`, `address:0` for all
    /// ports, or `group:name`.
    ///
    /// @param protocol the transport protocol
    /// @param text as [#name()] gives it
    /// @return the key
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] naming what is wrong
    public static ServiceKey parse(Protocol protocol, String text) {
        requireNonNull(protocol, "protocol");
        return text.startsWith(GROUP)
                ? group(protocol, text.substring(GROUP.length()))
                : of(protocol, Frontend.parse(text));
    }

    /// Whether it is a group's.
    ///
    /// @return false if it says itself what clients connect to
    public boolean isGroup() {
        return !group.isEmpty();
    }

    /// What clients connect to.
    ///
    /// @return what the key says
    /// @throws IllegalStateException of a group, of which the service knows that
    public Frontend frontend() {
        if (isGroup()) {
            throw new IllegalStateException(this + " has frontends of its own");
        }
        return new Frontend(endpoint.address(), endpoint.port(), lastPort);
    }

    @Override
    public int compareTo(ServiceKey other) {
        int byProtocol = protocol.compareTo(other.protocol);
        if (byProtocol != 0) {
            return byProtocol;
        }
        int byGroup = group.compareTo(other.group);
        if (byGroup != 0) {
            return byGroup;
        }
        int byEndpoint = endpoint.compareTo(other.endpoint);
        return byEndpoint != 0 ? byEndpoint : Integer.compare(lastPort, other.lastPort);
    }

    /// What follows the protocol in texts.
    ///
    /// @return for example `192.0.2.80:1000-2000` or `group:shop`
    public String name() {
        if (isGroup()) {
            return GROUP + group;
        }
        return lastPort == endpoint.port() ? endpoint.toString() : endpoint + "-" + lastPort;
    }

    @Override
    public String toString() {
        return protocol + " " + name();
    }
}
