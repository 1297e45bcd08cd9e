// SPDX-License-Identifier: Apache-2.0
package io.fullnat.benchmarks.soak;

import io.fullnat.api.service.ServiceKey;
import io.fullnat.benchmarks.loop.LoopNetwork;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The services of a soak, and the configuration file that has them. Each has four real servers and
/// as many spare ones, eight local addresses and as many spare ones.
final class SoakTopology {
    /// Long-lived flows.
    static final ServiceKey STEADY = ServiceKey.udp("192.0.2.80", 80);

    /// Short UDP flows.
    static final ServiceKey UDP_CHURN = ServiceKey.udp("192.0.2.80", 81);

    /// Short TCP connections.
    static final ServiceKey TCP_CHURN = ServiceKey.tcp("192.0.2.80", 82);

    /// Its servers do not answer.
    static final ServiceKey FLOOD = ServiceKey.udp("192.0.2.80", 83);

    /// All, in the order of their addresses below.
    static final List<ServiceKey> ALL = List.of(STEADY, UDP_CHURN, TCP_CHURN, FLOOD);

    /// Port of real servers that answer.
    static final int ANSWERING = 800;

    /// Port of real servers that do not.
    static final int SILENT = 801;

    /// Real servers of a service in the file, and as many spare ones.
    static final int SERVERS = 4;

    /// Local addresses of a service in the file, and as many spare ones.
    static final int LOCALS = 8;

    private static final int STEADY_TIMEOUT = 5;
    private static final int CHURN_TIMEOUT = 2;

    private SoakTopology() {}

    /// A real server.
    ///
    /// @param service its number in [#ALL]
    /// @param number from 0; spare ones from [#SERVERS]
    static String server(int service, int number) {
        int port = ALL.get(service).equals(FLOOD) ? SILENT : ANSWERING;
        return "203.0.113." + (10 + 10 * service + number) + ":" + port;
    }

    /// A local address.
    ///
    /// @param service its number in [#ALL]
    /// @param number from 0; spare ones from [#LOCALS]
    static String local(int service, int number) {
        return "203.0.113." + (100 + 20 * service + number);
    }

    /// The configuration.
    ///
    /// @param socket of the API
    /// @param connections capacity of the worker
    /// @param variant files of different variants differ in weights and in a local address
    static String yaml(Path socket, int connections, int variant) {
        StringBuilder yaml = new StringBuilder();
        yaml.append("workers: {connections: ").append(connections).append("}\n");
        yaml.append("api: {socket: ").append(socket).append("}\n");
        yaml.append("ports: [{name: port, device: 'null:'}]\n");
        yaml.append("addresses:\n");
        yaml.append("  - {address: 203.0.113.1/24, device: port}\n");
        yaml.append("  - {address: 192.0.2.80/32, device: port}\n");
        yaml.append("routes: [{to: 10.0.0.0/8, via: 203.0.113.254, device: port}]\n");
        yaml.append("neighbours:\n");
        neighbour(yaml, "203.0.113.254");
        for (int service = 0; service < ALL.size(); service++) {
            for (int number = 0; number < 2 * SERVERS; number++) {
                String server = server(service, number);
                neighbour(yaml, server.substring(0, server.indexOf(':')));
            }
        }
        yaml.append("services:\n");
        for (int service = 0; service < ALL.size(); service++) {
            service(yaml, service, variant);
        }
        return yaml.toString();
    }

    private static void neighbour(StringBuilder yaml, String address) {
        yaml.append("  - {address: ").append(address);
        yaml.append(", mac: '02:00:00:00:00:51', device: ").append(LoopNetwork.PORT).append("}\n");
    }

    private static void service(StringBuilder yaml, int service, int variant) {
        ServiceKey key = ALL.get(service);
        yaml.append("  - protocol: ").append(key.protocol().name().toLowerCase(Locale.ROOT));
        yaml.append("\n    address: ").append(key.endpoint());
        yaml.append("\n    scheduler: wrr\n    timeout: ");
        yaml.append(key.equals(STEADY) ? STEADY_TIMEOUT : CHURN_TIMEOUT);
        yaml.append("\n    servers:\n");
        for (int number = 0; number < SERVERS; number++) {
            yaml.append("      - {address: '").append(server(service, number));
            yaml.append("', weight: ").append(1 + (number + variant) % 3).append("}\n");
        }
        yaml.append("    locals:\n");
        for (int number = 0; number < LOCALS; number++) {
            int moved = number == 0 && variant % 2 == 1 ? 2 * LOCALS - 1 : number;
            yaml.append("      - {address: ").append(local(service, moved));
            yaml.append(", device: ").append(LoopNetwork.PORT).append("}\n");
        }
    }
}
