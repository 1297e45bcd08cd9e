// SPDX-License-Identifier: Apache-2.0
/// Virtual services, real servers and local addresses, with their status and counts; and what an
/// application can decide itself: which real server a connection gets
/// ([io.fullnat.api.service.SchedulerFactory]), and who may connect
/// ([io.fullnat.api.service.Admission]).
package io.fullnat.api.service;
