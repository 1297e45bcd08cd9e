package io.fullnat.api.service;

/// For whom a scheduler is made.
///
/// @param worker the number of the worker, from 0
/// @param workers how many workers there are
/// @param seed differs between workers and services, is the same in a repeated run with the same
///   configuration and seed; for schedulers that start at or choose at random
public record SchedulerContext(int worker, int workers, long seed) {}
