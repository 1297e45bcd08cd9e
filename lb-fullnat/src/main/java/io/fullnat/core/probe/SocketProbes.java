// SPDX-License-Identifier: Apache-2.0
package io.fullnat.core.probe;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.health.CommandProbe;
import io.fullnat.api.health.DnsProbe;
import io.fullnat.api.health.HealthProbe;
import io.fullnat.api.health.HttpProbe;
import io.fullnat.api.health.NamedProbe;
import io.fullnat.api.health.PingProbe;
import io.fullnat.api.health.ProbeFactory;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.health.TlsProbe;
import io.fullnat.api.health.UdpProbe;

/// Makes all probes but an application's own, by sockets of the Java runtime: they leave and arrive
/// by the kernel's network stack. For virtual threads; each ends a little before its timeout,
/// whatever the peer does, and leaves no socket and no process behind. One that only opens a TCP
/// connection needs no thread of its own ([UnthreadedProbe]). Thread-safe.
public final class SocketProbes implements ProbeFactory {
    private static final TcpProbe CONNECTION = new TcpProbe();

    private final Connects connects = new Connects(new ConnectSockets(ConnectSockets.mayCall()));

    /// A factory. All are alike.
    public SocketProbes() {}

    @Override
    public HealthProbe create(ProbeSpec spec) {
        Attempt attempt =
                switch (spec) {
                    case TcpProbe tcp -> new TcpConnect(tcp);
                    case TlsProbe tls -> new TlsHandshake(tls);
                    case HttpProbe http -> new HttpExchange(http);
                    case UdpProbe udp -> new UdpExchange(udp);
                    case DnsProbe dns -> new DnsExchange(dns);
                    case PingProbe _ -> new PingRun();
                    case CommandProbe command -> new CommandRun(command);
                    case NamedProbe named ->
                            throw new BalancerException(
                                    ErrorCode.UNSUPPORTED,
                                    "no probe \""
                                            + named.name()
                                            + "\"; there are "
                                            + String.join(", ", ProbeSpec.WORDS)
                                            + ", and what a factory of the application makes");
                };
        SocketProbe probe = new SocketProbe(attempt);
        return spec.equals(CONNECTION) ? new TcpReach(connects, probe) : probe;
    }
}
