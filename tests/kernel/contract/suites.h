/**
 * suites.h - all suites, in the order in which they run.
 */
#pragma once

#include "machine/suites.h"
#include "test.h"

extern const struct test_suite handle_suite, rights_suite, untyped_suite, region_suite, table_suite,
    space_suite, mapping_suite, range_suite, protection_suite, thread_suite, sched_suite,
    terms_suite, lending_suite, limit_suite, call_suite, stand_in_suite, transfer_suite,
    notification_suite, death_suite, self_suite, revoke_suite, deadline_suite, fault_suite,
    registers_suite, vector_suite, guest_suite, frame_suite, interrupt_suite, preemption_suite;

static const struct test_suite *const suites[] = {
    &handle_suite,   &rights_suite,   &untyped_suite,      &region_suite,     &table_suite,
    &space_suite,    &mapping_suite,  &range_suite,        &protection_suite, &thread_suite,
    &sched_suite,    &terms_suite,    &lending_suite,      &limit_suite,      &call_suite,
    &stand_in_suite, &transfer_suite, &notification_suite, &death_suite,      &self_suite,
    &revoke_suite,   &deadline_suite, &fault_suite,        &registers_suite,  &vector_suite,
    &guest_suite,    &frame_suite,    &interrupt_suite,    &preemption_suite, MACHINE_SUITES};
