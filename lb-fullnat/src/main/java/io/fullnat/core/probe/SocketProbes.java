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
import io.fullnat.api.health.ProbeResult;
import io.fullnat.api.health.ProbeSpec;
import io.fullnat.api.health.ProbeTarget;
import io.fullnat.api.health.TcpProbe;
import io.fullnat.api.health.TlsProbe;
import io.fullnat.api.health.UdpProbe;
import java.io.IOException;

/// Makes all probes but an application's own, by sockets of the Java runtime: they leave and arrive
/// by the kernel's network stack. For virtual threads; each ends a little before its timeout,
/// whatever the peer does, and leaves no socket and no process behind. Thread-safe.
public final class SocketProbes implements ProbeFactory {
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
        return target -> probe(attempt, target);
    }

    private static ProbeResult probe(Attempt attempt, ProbeTarget target)
            throws InterruptedException {
        try {
            return attempt.ask(target, Deadline.within(target.timeout()));
        } catch (SearchTooLongException slow) {
            return ProbeResult.failed(String.valueOf(slow.getMessage()));
        } catch (IOException failed) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return ProbeResult.failed(FailureText.of(failed, target));
        }
    }
}
