// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

/// A line that is being typed. Immutable.
///
/// @param kind what it is for
/// @param typed so far
/// @param complaint about what was typed before, empty if there was nothing wrong
record Prompt(Kind kind, String typed, String complaint) {
    private static final int MOST = 100;

    /// What can be asked for.
    enum Kind {
        FILTER("filter: "),
        INTERVAL("seconds between two looks: ");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    Prompt(Kind kind, String typed) {
        this(kind, typed, "");
    }

    /// After a key that neither ends nor breaks off.
    Prompt after(Key key) {
        return switch (key.kind()) {
            case CHARACTER ->
                    typed.length() < MOST ? new Prompt(kind, typed + key.character()) : this;
            case BACKSPACE ->
                    new Prompt(kind, typed.isEmpty() ? "" : typed.substring(0, typed.length() - 1));
            case CLEAR -> new Prompt(kind, "");
            default -> this;
        };
    }

    Prompt refused(String why) {
        return new Prompt(kind, typed, why);
    }

    /// How it is shown.
    Line line() {
        Line line = Line.of(kind.label, Style.TITLE).and(typed).and(" ", Style.CURSOR);
        return complaint.isEmpty()
                ? line.and("  Enter takes it, Esc leaves it as it was", Style.DIM)
                : line.and("  " + complaint, Style.BAD);
    }
}
