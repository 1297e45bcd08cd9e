// SPDX-License-Identifier: Apache-2.0
/// Small applications of users of the library.
@org.jspecify.annotations.NullMarked
module io.fullnat.examples {
    requires static org.jspecify;
    requires io.fullnat.api;
    requires io.fullnat.core;

    provides io.fullnat.api.service.SchedulerFactory with
            io.fullnat.examples.TwoChoices;
}
