// What the service expects of a contact's wait, as one would tell a colleague.
#pragma once

#include <string>

#include "strowger/v1/routing.pb.h"

namespace strowger::ctl {

// `contact`: the id of one that waits; empty: it has not come.
std::string PredictionText(const v1::PredictWaitResponse& predicted, const std::string& contact);

}  // namespace strowger::ctl
