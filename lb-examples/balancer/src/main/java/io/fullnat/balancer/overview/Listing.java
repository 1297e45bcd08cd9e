// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.balancer.text.Spelling;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/// A part of many rows. Immutable and thread-safe, as its rows are.
///
/// @param <T> of the rows
/// @param total how many there are
/// @param matched how many of them the search finds
/// @param rows those asked for
public record Listing<T>(int total, int matched, List<T> rows) {
    /// So many rows can be asked for at once.
    public static final int MOST = 500;

    /// Copies the list.
    public Listing {
        rows = List.copyOf(rows);
    }

    /// What is asked for.
    ///
    /// @param search words, all of which a row has; upper and lower case are the same; empty for
    ///   all rows
    /// @param sort the name of an order; empty for that of names
    /// @param reverse whether the other way round
    /// @param offset rows passed over
    /// @param limit rows at most, 1 to [#MOST]
    public record Query(String search, String sort, boolean reverse, int offset, int limit) {
        /// Checks the numbers.
        ///
        /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if they are out of range
        public Query {
            if (offset < 0) {
                throw wrong("offset " + offset + " is less than 0");
            }
            if (limit < 1 || limit > MOST) {
                throw wrong("limit " + limit + " is not 1-" + MOST);
            }
        }
    }

    private static final Map<String, Comparator<AddressStatus>> OF_ADDRESSES =
            byPorts(
                    Comparator.comparing((AddressStatus row) -> row.address().prefix().address()),
                    AddressStatus::ports);

    private static final Map<String, Comparator<LocalAddressStatus>> OF_LOCALS =
            byPorts(
                    Comparator.comparing((LocalAddressStatus row) -> row.address().address()),
                    LocalAddressStatus::ports);

    /// Some of the services.
    ///
    /// @param rows all of them
    /// @param query what is asked for
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no such order
    public static Listing<ServiceRow> services(List<ServiceRow> rows, Query query) {
        return of(rows, ServiceRow.ORDERS, ServiceRow::text, query);
    }

    /// Some of the real servers.
    ///
    /// @param rows all of them
    /// @param query what is asked for
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no such order
    public static Listing<ServerRow> servers(List<ServerRow> rows, Query query) {
        return of(rows, ServerRow.ORDERS, ServerRow::text, query);
    }

    /// Some of the local addresses of all services.
    ///
    /// @param rows all of them
    /// @param query what is asked for
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no such order
    public static Listing<AddressStatus> addresses(List<AddressStatus> rows, Query query) {
        return of(
                rows,
                OF_ADDRESSES,
                row -> row.address().prefix().address() + "\n" + row.address().device(),
                query);
    }

    /// Some of the local addresses of one service.
    ///
    /// @param rows all of them
    /// @param query what is asked for
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no such order
    public static Listing<LocalAddressStatus> locals(List<LocalAddressStatus> rows, Query query) {
        return of(
                rows,
                OF_LOCALS,
                row -> row.address().address() + "\n" + row.address().device(),
                query);
    }

    /// The largest first.
    static <T> Comparator<T> most(ToLongFunction<T> number, Comparator<T> equal) {
        return Comparator.<T>comparingLong(row -> -number.applyAsLong(row)).thenComparing(equal);
    }

    /// The orders of what has traffic.
    static <T> Map<String, Comparator<T>> byTraffic(
            Comparator<T> name, ToLongFunction<T> connections, Function<T, TrafficRates> rates) {
        Map<String, Comparator<T>> orders = new LinkedHashMap<>();
        orders.put("name", name);
        orders.put("connections", most(connections, name));
        orders.put("rate", most(row -> rates.apply(row).connections(), name));
        orders.put("packets", most(row -> packets(rates.apply(row)), name));
        orders.put("bytes", most(row -> bytes(rates.apply(row)), name));
        return orders;
    }

    private static long packets(TrafficRates rates) {
        return rates.inPackets() + rates.outPackets();
    }

    private static long bytes(TrafficRates rates) {
        return rates.inBytes() + rates.outBytes();
    }

    private static <T> Map<String, Comparator<T>> byPorts(
            Comparator<T> name, Function<T, PortUsage> ports) {
        Map<String, Comparator<T>> orders = new LinkedHashMap<>();
        orders.put("name", name);
        orders.put("connections", most(row -> ports.apply(row).inUse(), name));
        orders.put("fullest", most(row -> ports.apply(row).fullestPercent(), name));
        orders.put("misses", most(row -> ports.apply(row).misses(), name));
        return orders;
    }

    private static <T> Listing<T> of(
            List<T> all, Map<String, Comparator<T>> orders, Function<T, String> text, Query query) {
        Comparator<T> order = orders.get(query.sort.isEmpty() ? "name" : query.sort);
        if (order == null) {
            throw wrong(
                    "sort has no order of that name"
                            + Spelling.hint(query.sort, orders.keySet())
                            + "; there are "
                            + String.join(", ", orders.keySet()));
        }
        List<String> words =
                List.of(query.search.strip().toLowerCase(Locale.ROOT).split("\\s+", -1));
        List<T> found =
                query.search.isBlank()
                        ? all
                        : all.stream().filter(row -> hasAll(text.apply(row), words)).toList();
        return new Listing<>(
                all.size(),
                found.size(),
                found.stream()
                        .sorted(query.reverse ? order.reversed() : order)
                        .skip(query.offset)
                        .limit(query.limit)
                        .toList());
    }

    private static boolean hasAll(String text, List<String> words) {
        String lower = text.toLowerCase(Locale.ROOT);
        return words.stream().allMatch(lower::contains);
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
