// SPDX-License-Identifier: Apache-2.0
/// What is wrong with a balancer and its machine, and what to do about it.
package io.fullnat.balancer.doctor;
