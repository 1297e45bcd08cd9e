// SPDX-License-Identifier: Apache-2.0
package io.fullnat.demo;

import io.fullnat.api.Endpoint;

/// What befalls real servers of the service with checks, one each.
enum Mishap {
    /// Nobody listens any more: connections break off, new ones are refused.
    KILLED(3, "is killed", "it is started again"),
    /// Connections are taken, and nothing is said.
    FROZEN(2, "freezes", "it goes on"),
    /// Every answer is an error of the server's.
    BROKEN(1, "answers with status 500", "it answers as it should again");

    private final int number;
    private final String befallen;
    private final String over;

    Mishap(int number, String befallen, String over) {
        this.number = number;
        this.befallen = befallen;
        this.over = over;
    }

    /// The number of the server that it befalls.
    int number() {
        return number;
    }

    /// The server that it befalls.
    Endpoint server() {
        return Scenario.http(number);
    }

    /// What to tell when it begins, after the server's name.
    String befallen() {
        return befallen;
    }

    /// What to tell when it is over.
    String over() {
        return over;
    }
}
