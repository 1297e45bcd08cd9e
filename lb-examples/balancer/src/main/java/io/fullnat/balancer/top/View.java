// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

import com.fasterxml.jackson.databind.JsonNode;
import io.fullnat.balancer.text.Spelling;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A list that can be looked at.
enum View {
    SERVICES("services", "rate", "services"),
    SERVERS("servers", "rate", "servers"),
    WORKERS("workers", "worker", ""),
    PORTS("ports", "port", ""),
    ADDRESSES("addresses", "full", "local-addresses"),
    OUTCOMES("outcomes", "rate", ""),
    CONDITIONS("conditions", "since", ""),
    SETS("sets", "refused", "sets");

    private final String word;
    private final String sort;
    private final String page;

    /// @param page what its pages are called in paths; empty if the overview has all of it
    View(String word, String sort, String page) {
        this.word = word;
        this.sort = sort;
        this.page = page;
    }

    /// As it is asked for.
    String word() {
        return word;
    }

    /// The key that shows it.
    char key() {
        return (char) ('1' + ordinal());
    }

    /// The column by which it is sorted at first.
    String firstSort() {
        return sort;
    }

    /// Whether it comes in pages that the balancer has found and sorted, instead of whole.
    boolean isPaged() {
        return !page.isEmpty();
    }

    /// Whether it can be that of one service.
    boolean isOfService() {
        return this == SERVERS || this == ADDRESSES;
    }

    String page() {
        return page;
    }

    /// What a page's rows are called in the answer.
    String list() {
        return this == ADDRESSES ? "localAddresses" : page;
    }

    List<ListColumn> columns() {
        return switch (this) {
            case SERVICES -> Columns.SERVICES;
            case SERVERS -> Columns.SERVERS;
            case WORKERS -> Columns.WORKERS;
            case PORTS -> Columns.PORTS;
            case ADDRESSES -> Columns.ADDRESSES;
            case OUTCOMES -> Columns.OUTCOMES;
            case CONDITIONS -> Columns.CONDITIONS;
            case SETS -> Columns.SETS;
        };
    }

    /// The columns by which it can be sorted.
    List<ListColumn> sortable() {
        return columns().stream()
                .filter(column -> !isPaged() || column.asked().isPresent())
                .toList();
    }

    Optional<ListColumn> column(String name) {
        return columns().stream().filter(column -> column.name().equals(name)).findFirst();
    }

    /// What finds a row again in the next answer.
    String id(JsonNode row) {
        return switch (this) {
            case SERVICES -> row.path("id").asText();
            case SERVERS -> row.path("service").asText() + " " + row.path("name").asText();
            case WORKERS -> row.path("worker").asText();
            case PORTS, OUTCOMES, SETS -> row.path("name").asText();
            case ADDRESSES -> row.path("address").asText() + " " + row.path("device").asText();
            case CONDITIONS -> row.path("condition").asText() + " " + row.path("subject").asText();
        };
    }

    /// The view of a word.
    ///
    /// @return empty if there is none
    static Optional<View> of(String word) {
        return Arrays.stream(values()).filter(view -> view.word.equals(word)).findFirst();
    }

    /// What to say of a word that is none.
    static String unknown(String word) {
        List<String> words = Arrays.stream(values()).map(View::word).toList();
        return "no view \""
                + word
                + "\""
                + Spelling.hint(word, words)
                + "; there are "
                + String.join(", ", words);
    }
}
