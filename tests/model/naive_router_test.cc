#include "tests/model/naive_router.h"

#include <gtest/gtest.h>
