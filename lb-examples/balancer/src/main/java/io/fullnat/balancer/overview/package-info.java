// SPDX-License-Identifier: Apache-2.0
/// What operators look at while a balancer works: parts of its state, searched, sorted and cut.
package io.fullnat.balancer.overview;
