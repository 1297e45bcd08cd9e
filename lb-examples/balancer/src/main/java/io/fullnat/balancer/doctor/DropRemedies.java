// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.doctor;

import io.fullnat.api.counter.Outcome;

/// What to do about packets that are dropped, where more can be said than to look at them.
final class DropRemedies {
    private DropRemedies() {}

    static String of(Outcome outcome) {
        return switch (outcome) {
            case NO_SERVICE, DEFENCE_DROPPED, NOT_LOCAL ->
                    "scans of strangers are dropped so; if it should be served: `fullnat service"
                            + " list`, `fullnat address list`";
            case UNKNOWN_VLAN -> "`fullnat address add ADDRESS PORT.VLAN`, if it is to be used";
            case REVERSE_PATH ->
                    "`fullnat route list`; a route to the source by that device, or"
                            + " `ports[].reverse-path`";
            case ACCESS_DENIED -> "`fullnat deny list`, `fullnat allow list`";
            case SERVICE_FULL -> "raise `max-connections` of the service";
            case CLIENT_FULL, NETWORK_FULL ->
                    "raise `max-per-client` or `max-per-network` of the service, if clients are"
                            + " honest";
            case HALF_OPEN_FULL -> "raise `max-half-open` of the service, or use its `syn-proxy`";
            case RATE_LIMITED, NETWORK_RATE_LIMITED ->
                    "raise `max-rate` or `max-rate-per-network` of the service";
            case PACKETS_LIMITED -> "raise `max-packets` of the service";
            case BANDWIDTH_LIMITED -> "raise `max-bandwidth` of the service";
            case PROPORTION_DROPPED -> "raise `limit-proportion` of the service";
            case CLIENT_TABLE_FULL, TABLE_FULL -> "raise `workers.connections` (a restart)";
            case SERVERS_FULL ->
                    "`fullnat server list`; more servers, or raise their `max-connections`";
            case MODIFIERS_FULL -> "raise `workers.modified-connections` (a restart)";
            case NO_REAL_SERVER -> "`fullnat server list` says which are down or weigh nothing";
            case NO_LOCAL_ADDRESS, NO_LOCAL_PORT ->
                    "`fullnat laddr list`; `fullnat laddr add PROTOCOL SERVICE ADDRESS DEVICE`";
            case LOCAL_ADDRESS_NOT_READY -> "`fullnat address list` names who else has it";
            case NO_ROUTE ->
                    "`fullnat route list`; `fullnat route add NETWORK DEVICE --via GATEWAY`";
            case TOO_BIG ->
                    "let ICMP pass on the way to the sender, or use `mss: path` of the service";
            case NEIGHBOUR_UNREACHABLE, NEIGHBOUR_QUEUE_FULL, NEIGHBOUR_TABLE_FULL ->
                    "`fullnat neighbour list` names who does not answer";
            case TRANSMIT_FULL -> "the device is too slow: a faster link, or fewer bytes";
            case LINK_DOWN -> "`fullnat link list`";
            case TRANSMIT_REFUSED ->
                    "`ip link show`: the interface's MTU is smaller than the port's";
            case HAND_OFF_FULL, NO_BUFFER ->
                    "`fullnat counters --worker 0`: one worker is too slow; raise `workers.count` or"
                            + " `memory.buffers`";
            case PUNT_LIMITED, PUNT_FULL ->
                    "`kernel-path.host-rate` and its neighbours (docs/kernel-path.md)";
            default -> "`fullnat capture --outcome " + outcome + " --count 20` shows them";
        };
    }
}
