// SPDX-License-Identifier: Apache-2.0
package io.fullnat.balancer.top;

/// Answers queries.
@FunctionalInterface
interface AnswerSource {
    /// Asks a balancer and waits; an interrupt breaks it off.
    ///
    /// @throws io.fullnat.api.BalancerException if there is no answer
    Answer ask(Query query);
}
