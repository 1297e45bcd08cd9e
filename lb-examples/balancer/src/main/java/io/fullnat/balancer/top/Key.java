// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

/// A key that was pressed.
///
/// @param kind which
/// @param character of [Kind#CHARACTER], else 0
record Key(Kind kind, char character) {
    /// What keys there are.
    enum Kind {
        /// One that writes something.
        CHARACTER,
        UP,
        DOWN,
        LEFT,
        RIGHT,
        PAGE_UP,
        PAGE_DOWN,
        HOME,
        END,
        ENTER,
        ESCAPE,
        BACKSPACE,
        /// Ctrl-U.
        CLEAR,
        TAB,
        BACK_TAB,
        /// Ctrl-L.
        REDRAW,
        /// Ctrl-C.
        INTERRUPT,
        /// No key comes any more: the terminal is gone.
        NONE_LEFT,
        /// One without a meaning here.
        OTHER
    }

    static Key of(Kind kind) {
        return new Key(kind, '\0');
    }

    static Key of(char character) {
        return new Key(Kind.CHARACTER, character);
    }
}
