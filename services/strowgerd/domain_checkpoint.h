// A domain's checkpoint as one file: the message CheckpointPast, its digest, and behind it the
// router's own form. Written from a domain at rest, read back into one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "routing/checkpoint.h"
#include "routing/router.h"
#include "services/journal/checkpoint_file.h"
#include "services/rules/history.h"
#include "services/runtime/executor.h"
#include "strowger/journal/v1/checkpoint.pb.h"

namespace strowger::daemon {

// Compiles a text that was in force once. Its tests ran then.
absl::StatusOr<std::shared_ptr<const routing::RuleSet>> CompileAgain(const std::string& text);

// Rule sets by their texts, each compiled once. One thread.
class CompiledRules final : public routing::RuleSource {
 public:
  std::shared_ptr<const routing::RuleSet> RuleSetOf(std::string_view hash,
                                                    std::string_view text) override;
  std::shared_ptr<const routing::Condition> ConditionOf(std::string_view source,
                                                        const routing::RuleSet& rule_set) override;
  absl::StatusOr<std::shared_ptr<const routing::RuleSet>> Compile(const std::string& text);

 private:
  std::map<std::string, std::shared_ptr<const routing::RuleSet>, std::less<>> by_text_;
};

struct LoadedCheckpoint {
  journal::v1::CheckpointPast past;
  std::unique_ptr<routing::Router> router;
};

// DATA_LOSS: damaged, or this build makes nothing of it; the message says where.
absl::StatusOr<LoadedCheckpoint> ReadCheckpoint(const std::string& path, CompiledRules& rules);

// It can be read, and its state has the hash that was written with it. DATA_LOSS: not so.
absl::Status CheckCheckpoint(const std::string& path);

// What is remembered of the domain, in the order in which DomainExecutor::Rebuild wants it.
void VisitRemembered(const journal::v1::CheckpointPast& past,
                     const runtime::RememberedVisitor& visit);
// The versions of its rules, with the programs of those whose texts are kept.
absl::StatusOr<std::vector<rules::RuleVersion>> VersionsOf(const journal::v1::CheckpointPast& past,
                                                           CompiledRules& rules);

// What a checkpoint is made of. The executor is at rest.
struct CheckpointContents {
  std::string domain;
  std::unique_ptr<runtime::DomainExecutor> executor;
  std::vector<rules::RuleVersion> versions;
  std::string last_file_text;
};

// Writes it, lets the contents go, reads the file back and compares the state hash; only then the
// file is in force.
absl::StatusOr<journal::CheckpointFile> WriteCheckpoint(const std::string& folder,
                                                        CheckpointContents contents);

}  // namespace strowger::daemon
