// SPDX-License-Identifier: Apache-2.0
/// A whole balancer: [io.fullnat.core.BalancerBuilder] makes a [io.fullnat.core.FullNatBalancer]
/// over any packet I/O, on threads of its own or as agents on those of an application.
package io.fullnat.core;
