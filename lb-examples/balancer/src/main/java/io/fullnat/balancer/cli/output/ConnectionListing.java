// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.cli.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.ConnectionFilter;
import io.fullnat.api.control.ConnectionInfo;
import io.fullnat.balancer.cli.request.Request;
import io.fullnat.balancer.run.Operations;
import java.io.PrintWriter;

/// `ipvsadm -L -c`: connections as DPVS prints them, without order. Each is printed as it is found,
/// so a long list takes no memory.
///
/// @param filter which ones; it is an error if none has a tuple that is asked for
/// @param owner whose
/// @param json whether JSON is wanted instead
public record ConnectionListing(ConnectionFilter filter, WorkerChoice owner, boolean json)
        implements Request.Listing {
    @Override
    public void print(Operations operations, PrintWriter out) {
        int worker = owner.index(operations);
        Printer printer = new Printer(out, json);
        filter.service().ifPresent(key -> Lookup.services(operations, filter.service()));
        operations
                .control()
                .connections(
                        filter,
                        connection -> {
                            if (worker < 0 || connection.worker() == worker) {
                                printer.print(connection);
                            }
                            return !out.checkError();
                        });
        if (printer.printed == 0 && filter.tuple().isPresent()) {
            throw new BalancerException(
                    ErrorCode.NO_CONNECTION, "no connection " + filter.tuple().get());
        }
        printer.end();
    }

    private static final class Printer {
        private final PrintWriter out;
        private final boolean json;
        private long printed;

        Printer(PrintWriter out, boolean json) {
            this.out = out;
            this.json = json;
        }

        void print(ConnectionInfo connection) {
            if (json) {
                out.print(printed == 0 ? "{\"connections\": [\n  " : ",\n  ");
                out.print(ListingJson.text(toJson(connection), false));
            } else {
                out.print(row(connection));
                out.print('\n');
            }
            printed++;
        }

        void end() {
            if (json) {
                out.print(printed == 0 ? "{\"connections\": []}\n" : "\n]}\n");
            }
        }
    }

    private static String row(ConnectionInfo connection) {
        return "["
                + (connection.worker() + 1)
                + "]"
                + Column.left(ListingJson.name(connection.protocol()), 3)
                + " "
                + Column.left(connection.secondsLeft() + "s", 6)
                + " "
                + Column.left(connection.state(), 11)
                + " "
                + Column.left(connection.client(), 18)
                + " "
                + Column.left(connection.virtual(), 18)
                + " "
                + Column.left(connection.local(), 18)
                + " "
                + connection.server();
    }

    private static ObjectNode toJson(ConnectionInfo connection) {
        ObjectNode node =
                ListingJson.object()
                        .put("worker", connection.worker())
                        .put("service", connection.service().toString())
                        .put("protocol", ListingJson.name(connection.protocol()))
                        .put("state", connection.state())
                        .put("secondsLeft", connection.secondsLeft())
                        .put("ageSeconds", connection.ageSeconds());
        node.set("client", ListingJson.endpoint(connection.client()));
        node.set("virtual", ListingJson.endpoint(connection.virtual()));
        node.set("local", ListingJson.endpoint(connection.local()));
        node.set("server", ListingJson.endpoint(connection.server()));
        node.set("traffic", ServiceJson.traffic(connection.traffic()));
        return node;
    }
}
