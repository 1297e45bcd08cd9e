// SPDX-License-Identifier: Apache-2.0
/// Finds out which real servers are alive: a schedule of probes, what their results and external
/// reports say of each server, and what each service makes of it. All of it belongs to the control
/// thread, but for the probes themselves, which run on virtual threads.
package io.fullnat.core.health;
