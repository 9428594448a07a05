/**
 * cache.h - that of the machine which runs the tests.
 */
#pragma once

#include "sdk/arch/x86_64/native/cache.h"
