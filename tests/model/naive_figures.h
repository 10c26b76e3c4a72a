// The figures of a naive router as conditions and rules read them.
#pragma once

#include <optional>
#include <string_view>

#include "routing/rule_set.h"
#include "tests/model/naive_router.h"

namespace strowger::model {

// `except`: a contact that the figures leave out (rules do not count the contact that they judge).
class NaiveRouter::Figures : public routing::FigureSource {
 public:
  Figures(const NaiveRouter& router, const NaiveContact* except)
      : router_(router), except_(except) {}

  std::optional<std::int64_t> QueueFigure(std::string_view queue,
                                          routing::Figure figure) const override {
    return router_.FigureOf(queue, figure, except_);
  }
  std::optional<std::int64_t> GroupFigure(routing::FigureOwner owner, std::string_view name,
                                          routing::Figure figure) const override {
    return router_.GroupFigureOf(owner, name, figure);
  }
  std::optional<bool> Flag(std::string_view name) const override {
    const auto found = router_.flags_.find(std::string(name));
    return found == router_.flags_.end() ? std::nullopt : std::optional<bool>(found->second);
  }

 private:
  const NaiveRouter& router_;
  const NaiveContact* except_;
};

// The contact as conditions see it; its views live as long as it does.
class NaiveFacts {
 public:
  explicit NaiveFacts(const NaiveContact& contact);
  NaiveFacts(const NaiveFacts&) = delete;
  NaiveFacts& operator=(const NaiveFacts&) = delete;
  const routing::ContactFacts& facts() const { return facts_; }

 private:
  std::deque<std::vector<std::string_view>> lists_;
  std::vector<routing::AttributeView> attributes_;
  routing::ContactFacts facts_;
};

}  // namespace strowger::model
