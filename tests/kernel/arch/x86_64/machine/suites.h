/**
 * suites.h - the suites that only a PC has.
 */
#pragma once

extern const struct test_suite instruction_suite, guest_pc_suite, frame_pc_suite, port_suite;

#define MACHINE_SUITES &instruction_suite, &guest_pc_suite, &frame_pc_suite, &port_suite,
