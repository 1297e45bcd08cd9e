// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.IpAddress;
import io.fullnat.balancer.run.Operations;
import io.fullnat.core.FullNatBalancer;
import java.util.List;
import java.util.Set;

/// Where the demo plays: a balancer at work between clients and servers that are there already.
interface Backend extends AutoCloseable {
    /// What it is, for the headline.
    String description();

    /// The balancer, for its state and counters.
    FullNatBalancer engine();

    /// The same balancer as its page sees it.
    Operations operations();

    /// Starts the clients.
    void start();

    /// Stops the clients and waits until their last requests have ended.
    void stop();

    /// Has something befall a server, one at a time.
    void strike(Mishap mishap);

    /// Makes that server as it was.
    void heal(Mishap mishap);

    /// What clients met whose service has the servers that are struck.
    List<TrafficLog> struckTraffic();

    /// What the clients met.
    List<TrafficLog> traffic();

    /// What the servers saw.
    List<ServerLog> serverLogs();

    /// The addresses that servers may see.
    Set<String> localAddresses();

    /// The addresses that servers must not see.
    List<IpAddress> clientAddresses();

    /// Lines that say what a user can try by hand while everything is up.
    List<String> suggestions();

    @Override
    void close();
}
