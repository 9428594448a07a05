/*
 * pte.h - page-table entries as on the host port, which has all cases that any real port has.
 */
#pragma once

#include "kernel/arch/host/port/pte.h"
