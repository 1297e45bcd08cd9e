// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.overview;

import io.fullnat.api.BalancerException;
import io.fullnat.api.ErrorCode;
import io.fullnat.api.control.AddressStatus;
import io.fullnat.api.service.Handshakes;
import io.fullnat.api.service.LocalAddressStatus;
import io.fullnat.api.service.PortUsage;
import io.fullnat.api.service.TrafficRates;
import io.fullnat.balancer.text.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

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

    private static final double P99 = 0.99;

    private static final Map<String, Order<AddressStatus>> OF_ADDRESSES =
            byPorts(AddressStatus::ports);

    private static final Map<String, Order<LocalAddressStatus>> OF_LOCALS =
            byPorts(LocalAddressStatus::ports);

    /// Some of the services.
    ///
    /// @param rows all of them, in the order of their names
    /// @param query what is asked for
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no such order
    public static Listing<ServiceRow> services(List<ServiceRow> rows, Query query) {
        return of(rows, ServiceRow.ORDERS, ServiceRow::text, query);
    }

    /// Some of the real servers.
    ///
    /// @param rows all of them, in the order of their names
    /// @param query what is asked for
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no such order
    public static Listing<ServerRow> servers(List<ServerRow> rows, Query query) {
        return of(rows, ServerRow.ORDERS, ServerRow::text, query);
    }

    /// Some of the local addresses of all services.
    ///
    /// @param rows all of them, in the order of their names
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
    /// @param rows all of them, in the order of their names
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

    /// Some of the sets.
    ///
    /// @param rows all of them, in the order of their names
    /// @param query what is asked for
    /// @return a new value
    /// @throws BalancerException [ErrorCode#INVALID_ARGUMENT] if there is no such order
    public static Listing<SetRow> sets(List<SetRow> rows, Query query) {
        return of(rows, SetRow.ORDERS, SetRow::text, query);
    }

    /// By what rows are sorted, the largest number first, and rows with the same by their names.
    ///
    /// @param <T> of the rows
    /// @param number of a row; null to sort by names alone
    record Order<T>(@Nullable ToLongFunction<T> number) {}

    /// The orders of what has traffic.
    static <T> Map<String, Order<T>> byTraffic(
            ToLongFunction<T> connections,
            Function<T, TrafficRates> rates,
            Function<T, Handshakes> handshakes) {
        Map<String, Order<T>> orders = new LinkedHashMap<>();
        orders.put("name", new Order<>(null));
        orders.put("connections", new Order<>(connections));
        orders.put("rate", new Order<>(row -> rates.apply(row).connections()));
        orders.put("packets", new Order<>(row -> packets(rates.apply(row))));
        orders.put("bytes", new Order<>(row -> bytes(rates.apply(row))));
        orders.put("p99", new Order<>(row -> handshakes.apply(row).lastMinute().micros(P99)));
        return orders;
    }

    private static long packets(TrafficRates rates) {
        return rates.inPackets() + rates.outPackets();
    }

    private static long bytes(TrafficRates rates) {
        return rates.inBytes() + rates.outBytes();
    }

    private static <T> Map<String, Order<T>> byPorts(Function<T, PortUsage> ports) {
        Map<String, Order<T>> orders = new LinkedHashMap<>();
        orders.put("name", new Order<>(null));
        orders.put("connections", new Order<>(row -> ports.apply(row).inUse()));
        orders.put("fullest", new Order<>(row -> ports.apply(row).fullestPercent()));
        orders.put("misses", new Order<>(row -> ports.apply(row).misses()));
        return orders;
    }

    /// @param all in the order of their names
    private static <T> Listing<T> of(
            List<T> all, Map<String, Order<T>> orders, Function<T, String> text, Query query) {
        Order<T> order = orders.get(query.sort.isEmpty() ? "name" : query.sort);
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
        List<T> first = first(query.reverse ? found.reversed() : found, order, query);
        return new Listing<>(
                all.size(),
                found.size(),
                first.subList(Math.min(query.offset, first.size()), first.size()));
    }

    /// The first rows by an order, as many as are passed over or shown: the others are not sorted.
    ///
    /// @param rows in the order of those with the same number
    private static <T> List<T> first(List<T> rows, Order<T> order, Query query) {
        int count = (int) Math.min(rows.size(), (long) query.offset + query.limit);
        ToLongFunction<T> number = order.number;
        if (number == null || count == 0) {
            return rows.subList(0, count);
        }
        long sign = query.reverse ? -1 : 1;
        long[] keys = new long[rows.size()];
        int at = 0;
        for (T row : rows) {
            keys[at++] = sign * number.applyAsLong(row);
        }
        long[] sorted = keys.clone();
        Arrays.sort(sorted);
        long least = sorted[sorted.length - count];
        int equal = count; // how many of the least ones are shown
        for (int i = sorted.length - 1; i >= 0 && sorted[i] > least; i--) {
            equal--;
        }
        List<Keyed<T>> shown = new ArrayList<>(count);
        at = 0;
        for (T row : rows) {
            long key = keys[at++];
            if (key > least || (key == least && equal-- > 0)) {
                shown.add(new Keyed<>(key, row));
            }
        }
        shown.sort(Comparator.comparingLong((Keyed<T> each) -> each.key).reversed());
        return shown.stream().map(Keyed::row).toList();
    }

    private record Keyed<T>(long key, T row) {}

    private static boolean hasAll(String text, List<String> words) {
        String lower = text.toLowerCase(Locale.ROOT);
        return words.stream().allMatch(lower::contains);
    }

    private static BalancerException wrong(String message) {
        return new BalancerException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
