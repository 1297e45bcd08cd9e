// SPDX-License-Identifier: Apache-2.0
/// Whether real servers are alive, and what comes of it: checks and what they ask, what an
/// application can check itself ([io.fullnat.api.health.HealthProbe]), passive observation, and
/// what a service does with servers that are down ([io.fullnat.api.health.HealthPolicy]).
package io.fullnat.api.health;
