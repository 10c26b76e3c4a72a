#pragma once

#include <istream>
#include <ostream>

namespace strowger {

/// The command `strowgerctl cel-conformance`: reads one case of the expression language's
/// conformance tests per line of `in`, as JSON, evaluates it, and writes one JSON result per line
/// to `out`, in the same order. Lines that are no case are told of on `err`. Answers the exit
/// status: 0 when every line was handled, whatever came of it.
int RunCelConformance(std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace strowger
