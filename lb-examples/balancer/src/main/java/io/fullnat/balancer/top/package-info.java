// SPDX-License-Identifier: Apache-2.0
/// `fullnat top`: a running balancer live in a terminal. [io.fullnat.balancer.top.AnswerSource] asks,
/// [io.fullnat.balancer.top.History] makes rates of what it answers,
/// [io.fullnat.balancer.top.Model] is what the keys have chosen, [io.fullnat.balancer.top.Frame]
/// makes lines of both, [io.fullnat.balancer.top.Screen] draws them.
package io.fullnat.balancer.top;
