// What is wrong with a request, field by field.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace strowger::grpc_api {

struct Violation {
  std::string field;  // "contact.plan.steps[3].after"
  std::string description;
};

// Collected while a request is read. Costs nothing while nothing is wrong: the path is kept as
// pointers to literals and spelled out only when there is something to tell.
class Violations {
 public:
  static constexpr std::size_t kMost = 16;  // further ones are counted, not kept

  // While one lives, fields are those of a submessage. `field` must be a literal; empty: stays.
  class Step {
   public:
    Step(Violations& violations, const char* field) : Step(violations, field, -1) {}
    Step(Violations& violations, const char* field, int index);
    ~Step() { --violations_.depth_; }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Violations& violations_;
  };

  // Of the message at hand, or of one of its fields.
  void Add(std::string description) { Add("", std::move(description)); }
  void Add(const char* field, std::string description) { Add(field, -1, std::move(description)); }
  void Add(const char* field, int index, std::string description);

  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  const std::vector<Violation>& list() const { return list_; }
  void Clear();

 private:
  struct Piece {
    const char* field;
    int index;  // -1: not repeated
  };

  std::array<Piece, 16> path_ = {};
  std::size_t depth_ = 0;
  std::size_t count_ = 0;
  std::vector<Violation> list_;
};

}  // namespace strowger::grpc_api
