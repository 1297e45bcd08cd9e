// SPDX-License-Identifier: Apache-2.0
/// What the workers count: one [io.fullnat.api.counter.Outcome] for each received packet, other
/// [io.fullnat.api.counter.Counter]s, and the counts of a service. Readers never wait, nor hold a
/// worker up.
package io.fullnat.api.counter;
