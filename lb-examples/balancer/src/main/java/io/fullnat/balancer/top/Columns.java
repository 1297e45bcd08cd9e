// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;

/// The columns of the lists, by the fields of the balancer's answers.
final class Columns {
    private static final int NUMBER = 6;
    private static final double MUCH = 0.9;
    private static final double PERCENT = 100;
    private static final double NANOS = 1e9;

    private static final String TRAFFIC_OF_CONNECTIONS = "connections";

    private static final String SERVICE = "service";

    static final List<ListColumn> SERVICES = services();
    static final List<ListColumn> SERVERS = servers();
    static final List<ListColumn> WORKERS = workers();
    static final List<ListColumn> PORTS = ports();
    static final List<ListColumn> ADDRESSES = addresses();
    static final List<ListColumn> OUTCOMES = outcomes();
    static final List<ListColumn> CONDITIONS = conditions();
    static final List<ListColumn> SETS = sets();

    private Columns() {}

    /// Those of a view, without what is the same in all rows.
    ///
    /// @param ofOne whether all are of one service
    static List<ListColumn> of(View view, boolean ofOne) {
        return view.columns().stream()
                .filter(column -> !ofOne || !column.name().equals(SERVICE))
                .toList();
    }

    private static List<ListColumn> services() {
        List<ListColumn> columns = new ArrayList<>();
        columns.add(ListColumn.text("name", "SERVICE", 0, Columns::serviceName).sorted("name"));
        columns.add(ListColumn.fixed("down", "SERVERS", 10, 0, Columns::serversUp).sorted("down"));
        columns.add(
                number("connections", "CONNS", 0, item -> Cell.count(item.count("/connections")))
                        .sorted("connections"));
        columns.addAll(traffic());
        columns.addAll(handshakes());
        columns.add(
                number("full", "FULL", 3, item -> full(item.number("/fullestPercent")))
                        .sorted("fullest"));
        columns.add(
                ListColumn.fixed(
                        "scheduler", "SCHED", 7, 4, item -> Cell.text(item.text("/scheduler"))));
        columns.add(
                ListColumn.fixed(
                        "description",
                        "DESCRIPTION",
                        24,
                        5,
                        item -> Cell.text(item.text("/description"))));
        columns.add(ListColumn.fixed("sorry", "SORRY SERVER", 24, 6, Columns::sorry));
        return List.copyOf(columns);
    }

    private static List<ListColumn> servers() {
        List<ListColumn> columns = new ArrayList<>();
        columns.add(
                ListColumn.text("name", "SERVER", 0, item -> Cell.text(item.text("/name")))
                        .sorted("name"));
        columns.add(ListColumn.fixed("down", "STATE", 10, 0, Columns::state).sorted("down"));
        columns.add(
                number("weight", "WEIGHT", 0, item -> Cell.count(item.count("/weight")))
                        .sorted("weight"));
        columns.add(
                number("connections", "CONNS", 0, item -> Cell.count(connections(item)))
                        .sorted("connections"));
        columns.add(
                ListColumn.fixed(
                        SERVICE, "SERVICE", 22, 1, item -> Cell.text(item.text("/service"))));
        columns.addAll(traffic());
        columns.addAll(handshakes());
        columns.add(
                ListColumn.fixed(
                        "reason", "REASON", 30, 4, item -> Cell.text(item.text("/health/reason"))));
        return List.copyOf(columns);
    }

    /// What services and servers carry in a second.
    private static List<ListColumn> traffic() {
        return List.of(
                number("rate", "CPS", 0, item -> Cell.rate(traffic(item, TRAFFIC_OF_CONNECTIONS)))
                        .sorted("rate"),
                number("packets", "INPPS", 1, item -> Cell.rate(traffic(item, "inPackets")))
                        .sorted("packets"),
                number("out-packets", "OUTPPS", 2, item -> Cell.rate(traffic(item, "outPackets"))),
                number("bytes", "INBIT", 1, item -> Cell.bits(traffic(item, "inBytes")))
                        .sorted("bytes"),
                number("out-bytes", "OUTBIT", 2, item -> Cell.bits(traffic(item, "outBytes"))));
    }

    /// How long handshakes have taken in the last minute.
    private static List<ListColumn> handshakes() {
        return List.of(
                number("p50", "P50", 3, item -> handshake(item, "p50Micros")),
                number("p99", "P99", 3, item -> handshake(item, "p99Micros")).sorted("p99"));
    }

    private static Cell handshake(Item item, String quantile) {
        return Cell.micros(item.count("/handshakes/lastMinute/" + quantile));
    }

    /// By the difference of two answers; of a row that has just come into sight by what the
    /// balancer measured over its last second.
    private static OptionalDouble traffic(Item item, String what) {
        return item.before().isEmpty() && item.has("/rates/" + what)
                ? OptionalDouble.of(item.number("/rates/" + what))
                : item.rate("/traffic/" + what);
    }

    private static List<ListColumn> workers() {
        return List.of(
                number("worker", "WORKER", 0, item -> Cell.name(item.count("/worker"))).ascending(),
                number("busy", "BUSY", 0, Columns::busy),
                number("connections", "CONNS", 0, item -> Cell.count(item.count("/connections"))),
                number("full", "FULL", 0, Columns::tableFull),
                number("rate", "CPS", 0, item -> Cell.rate(item.rate("/connectionsCreated"))),
                number("received", "RXPPS", 0, item -> Cell.rate(item.rate("/receivedPackets"))),
                number("sent", "TXPPS", 0, item -> Cell.rate(item.rate("/sentPackets"))),
                number("taken-over", "TAKEN", 1, item -> Cell.rate(item.rate("/takenOverPackets"))),
                number("waiting", "WAIT", 1, item -> Cell.count(item.count("/waitingPackets"))),
                number("faults", "FAULTS", 1, item -> Cell.bad(item.count("/faults"))),
                ListColumn.text("state", "STATE", 0, Columns::working));
    }

    private static List<ListColumn> ports() {
        return List.of(
                ListColumn.text("port", "PORT", 0, item -> Cell.text(item.text("/name"))),
                ListColumn.fixed("link", "LINK", 6, 0, Columns::link),
                number("received", "RXPPS", 0, item -> Cell.rate(item.rate("/receivedPackets"))),
                number("received-bits", "RXBIT", 0, item -> Cell.bits(item.rate("/receivedBytes"))),
                number("sent", "TXPPS", 0, item -> Cell.rate(item.rate("/sentPackets"))),
                number("sent-bits", "TXBIT", 0, item -> Cell.bits(item.rate("/sentBytes"))),
                number("missed", "MISSED", 0, item -> Cell.badRate(item.rate("/missed"))),
                number(
                        "errors",
                        "ERRORS",
                        1,
                        item -> Cell.badRate(item.rate("/receiveErrors", "/sendErrors"))),
                number("no-buffer", "NOBUF", 1, item -> Cell.badRate(item.rate("/noBuffer"))));
    }

    private static List<ListColumn> addresses() {
        return List.of(
                ListColumn.text("name", "ADDRESS", 0, item -> Cell.text(item.text("/address")))
                        .sorted("name"),
                ListColumn.fixed(
                        "device", "DEVICE", 12, 0, item -> Cell.text(item.text("/device"))),
                ListColumn.fixed("state", "STATE", 10, 0, Columns::addressState),
                number("full", "FULL", 0, item -> full(item.number("/ports/fullestPercent")))
                        .sorted("fullest"),
                number("connections", "CONNS", 0, item -> Cell.count(item.count("/ports/inUse")))
                        .sorted("connections"),
                number("most", "MOST", 2, item -> Cell.count(item.count("/ports/highWater"))),
                number("room", "PORTS", 2, item -> Cell.count(item.count("/ports/capacity"))),
                number("misses", "MISSES", 0, item -> Cell.bad(item.count("/ports/misses")))
                        .sorted("misses"),
                number("miss-rate", "MISS/S", 1, item -> Cell.badRate(item.rate("/ports/misses"))));
    }

    private static List<ListColumn> outcomes() {
        return List.of(
                ListColumn.fixed("name", "OUTCOME", 26, 0, item -> Cell.text(item.text("/name"))),
                ListColumn.fixed("kind", "KIND", 9, 1, item -> Cell.text(item.text("/kind"))),
                number("rate", "PER S", 0, Columns::outcomeRate),
                ListColumn.number("count", "COUNT", 7, 0, item -> Cell.count(item.count("/count"))),
                ListColumn.text(
                        "meaning",
                        "MEANING",
                        0,
                        item -> Cell.text(item.text("/meaning"), Style.DIM)));
    }

    private static List<ListColumn> conditions() {
        return List.of(
                ListColumn.fixed(
                        "condition",
                        "CONDITION",
                        22,
                        0,
                        item -> Cell.text(item.text("/condition"), Style.BAD)),
                ListColumn.fixed("subject", "OF", 26, 0, item -> Cell.text(item.text("/subject"))),
                ListColumn.number("since", "SINCE", 9, 0, Columns::since).ascending(),
                ListColumn.text("detail", "DETAIL", 0, item -> Cell.text(item.text("/detail"))));
    }

    private static List<ListColumn> sets() {
        return List.of(
                ListColumn.text("name", "SET", 0, item -> Cell.text(item.text("/name")))
                        .sorted("name"),
                ListColumn.fixed("type", "TYPE", 17, 1, item -> Cell.text(item.text("/type"))),
                ListColumn.fixed("family", "FAMILY", 6, 2, item -> Cell.text(item.text("/family"))),
                ListColumn.number(
                                "entries",
                                "ENTRIES",
                                7,
                                0,
                                item -> Cell.count(item.count("/entries")))
                        .sorted("entries"),
                number("room", "MOST", 2, item -> Cell.count(item.count("/maxEntries"))),
                number("rules", "RULES", 1, item -> Cell.count(item.count("/rules"))),
                ListColumn.number(
                                "refused",
                                "REFUSED",
                                7,
                                0,
                                item -> Cell.count(item.count("/refused")))
                        .sorted("refused"),
                number("refused-rate", "REF/S", 0, item -> Cell.rate(item.rate("/refused"))),
                ListColumn.number(
                                "admitted",
                                "ADMITTED",
                                8,
                                0,
                                item -> Cell.count(item.count("/admitted")))
                        .sorted("admitted"),
                number("admitted-rate", "ADM/S", 1, item -> Cell.rate(item.rate("/admitted"))));
    }

    private static ListColumn number(
            String name, String title, int rank, Function<Item, Cell> cell) {
        return ListColumn.number(name, title, NUMBER, rank, cell);
    }

    private static Cell serviceName(Item item) {
        String protocol = item.text("/protocol").toLowerCase(Locale.ROOT);
        return Cell.text(protocol + " " + item.text("/name"));
    }

    private static Cell serversUp(Item item) {
        long all = item.count("/servers");
        long up = item.count("/serversUp");
        if (all == 0) {
            return Cell.text("none", Style.WARN);
        }
        if (up == all) {
            return Cell.text(all + " up", Style.GOOD);
        }
        return up == 0
                ? Cell.text(all + " DOWN", Style.BAD)
                : Cell.text(up + "/" + all + " up", Style.WARN);
    }

    /// Who serves if none of its servers does, and whether that is so now.
    private static Cell sorry(Item item) {
        if (!item.has("/sorryServer")) {
            return Cell.text("-", Style.DIM);
        }
        String name = item.text("/sorryServer/name");
        if (!item.text("/sorryServer/health/state").equals("up")) {
            return Cell.text("DOWN " + name, Style.BAD);
        }
        return item.now().at("/health/sorry").asBoolean()
                ? Cell.text("serves " + name, Style.WARN)
                : Cell.text("up " + name, Style.GOOD);
    }

    private static Cell state(Item item) {
        boolean up = item.text("/health/state").equals("up");
        String use = item.text("/health/use");
        if (up) {
            return use.equals("in") ? Cell.text("up", Style.GOOD) : Cell.text(use, Style.WARN);
        }
        if (item.now().at("/inhibited").asBoolean()) {
            return Cell.text("inhibited", Style.WARN);
        }
        if (item.count("/weight") == 0) {
            return Cell.text("weight 0", Style.WARN);
        }
        return use.equals("kept")
                ? Cell.text("DOWN, kept", Style.BAD)
                : Cell.text("DOWN", Style.BAD);
    }

    private static long connections(Item item) {
        return item.count("/activeConnections") + item.count("/inactiveConnections");
    }

    private static Cell full(double percent) {
        return Cell.share(percent / PERCENT, MUCH);
    }

    private static Cell busy(Item item) {
        OptionalDouble busy = item.rate("/busyNanoseconds");
        return busy.isEmpty()
                ? Cell.rate(busy)
                : Cell.share(Math.min(1, busy.getAsDouble() / NANOS), MUCH);
    }

    private static Cell tableFull(Item item) {
        long capacity = Math.max(1, item.count("/connectionCapacity"));
        return Cell.share((double) item.count("/connections") / capacity, MUCH);
    }

    /// A worker makes a round many times a second, however little there is to do.
    private static Cell working(Item item) {
        long idle = item.count("/idleMilliseconds");
        return idle < Duration.ofSeconds(1).toMillis()
                ? Cell.text("works", Style.GOOD)
                : Cell.text("STANDS STILL for " + Amounts.time(Duration.ofMillis(idle)), Style.BAD);
    }

    private static Cell link(Item item) {
        if (!item.text("/link").equals("UP")) {
            return Cell.text("DOWN", Style.BAD);
        }
        return item.text("/trouble").isEmpty()
                ? Cell.text("up", Style.GOOD)
                : Cell.text(item.text("/trouble"), Style.WARN);
    }

    private static Cell addressState(Item item) {
        if (item.now().at("/draining").asBoolean()) {
            return Cell.text("draining", Style.WARN);
        }
        String state = item.text("/state");
        return state.isEmpty() || state.equals("valid")
                ? Cell.text("in use", Style.GOOD)
                : Cell.text(state, Style.WARN);
    }

    private static Cell outcomeRate(Item item) {
        if (item.text("/kind").equals(SocketSource.LEVEL)) {
            return Cell.rate(OptionalDouble.empty());
        }
        OptionalDouble rate = item.rate("/count");
        return item.text("/kind").equals("dropped") ? Cell.badRate(rate) : Cell.rate(rate);
    }

    private static Cell since(Item item) {
        long seconds = item.count("/seconds");
        return new Cell(Amounts.time(Duration.ofSeconds(seconds)), seconds, Style.PLAIN);
    }
}
