// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.api;

import io.fullnat.api.Endpoint;
import io.fullnat.api.IpAddress;
import io.fullnat.api.IpPrefix;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.balancer.api.ApiRoute.Parameter;
import io.fullnat.balancer.cli.request.Values;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The parameters that say which connections are meant; all that are given must hold.
final class ConnectionQuery {
    private static final List<Parameter> PARAMETERS =
            List.of(
                    optional("service", "VIP-PORT-PROTOCOL of a service, also of a removed one"),
                    optional(
                            "tuple",
                            "PROTOCOL:ADDRESS:PORT:ADDRESS:PORT of the one connection, in either"
                                    + " direction and on either side; IPv6 in brackets"),
                    optional(
                            "server",
                            "ADDRESS:PORT, or ADDRESS, of a real server; IPv6 in brackets"),
                    optional("client", "ADDRESS or ADDRESS/LENGTH of clients"),
                    optional("local", "a local address"));

    private ConnectionQuery() {}

    private static Parameter optional(String name, String summary) {
        return new Parameter(name, false, false, summary);
    }

    /// A route with the parameters.
    static ApiRoute of(ApiRoute route) {
        ApiRoute with = route;
        for (Parameter parameter : PARAMETERS) {
            with = with.with(parameter);
        }
        return with;
    }

    /// What a request says.
    ///
    /// @throws Failure if a value is wrong
    /// @throws io.fullnat.api.BalancerException if an address or port is
    static ConnectionFilter filter(Call call) {
        return new ConnectionFilter(
                value(call, "service", ServiceId::parse),
                value(call, "tuple", Values::socketPair),
                value(call, "server", ConnectionQuery::server),
                value(call, "client", IpPrefix::parse),
                value(call, "local", IpAddress::parse));
    }

    private static <T> Optional<T> value(Call call, String name, Function<String, T> reader) {
        return Optional.ofNullable(call.query().get(name)).map(reader);
    }

    private static Endpoint server(String text) {
        return Values.endpoint(text, 0);
    }
}
