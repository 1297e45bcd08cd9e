// SPDX-License-Identifier: Apache-2.0
package io.fullnat.api.control;

/// How full the tables are in which all workers count clients for the limits of services. Large
/// tables are not read whole: their numbers are told from 16,384 lines of them, which is off by
/// less than one percent of the capacity. Immutable and thread-safe.
///
/// @param counted clients and networks of clients that have connections of services which limit
///   those
/// @param countCapacity how many there is room for; clients for whom there is none are refused
/// @param rated networks of clients whose connections a rate limits, and that have used some of it
/// @param rateCapacity how many there is room for; beyond it the quiet ones are forgotten
public record ClientTable(long counted, long countCapacity, long rated, long rateCapacity) {}
