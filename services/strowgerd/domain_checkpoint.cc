#include "services/strowgerd/domain_checkpoint.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "routing-core/rules/compiler.h"
#include "routing/siphash.h"
#include "services/journal/rocks_journal.h"
#include "services/rules/loader.h"

namespace strowger::daemon {
namespace {

using RuleSetPtr = std::shared_ptr<const routing::RuleSet>;

constexpr std::string_view kName = "strowger domain checkpoint 1\n";
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kDigestBytes = 16;
// Of the versions of the rules, as the publisher keeps them.
constexpr std::size_t kTextsKept = 20;

void PutWord(std::uint64_t word, std::string& to) {
  for (int shift = 0; shift < 64; shift += 8) to.push_back(static_cast<char>(word >> shift));
}

std::uint64_t WordAt(std::string_view bytes, std::size_t at) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return word;
}

std::string DigestOf(std::string_view bytes) {
  const routing::StateHash hash = routing::SipHash128(bytes);
  std::string digest;
  PutWord(hash.low, digest);
  PutWord(hash.high, digest);
  return digest;
}

// Fields of results have static storage; those of checkpoints get it here. There are few.
std::string_view StaticField(const std::string& field) {
  if (field.empty()) return {};
  static std::mutex mutex;
  static auto& fields = *new std::set<std::string>;
  const std::scoped_lock lock(mutex);
  return *fields.insert(field).first;
}

void PutVersions(const std::vector<rules::RuleVersion>& versions,
                 journal::v1::CheckpointPast& past) {
  const std::size_t without_text = versions.size() - std::min(versions.size(), kTextsKept);
  for (std::size_t i = 0; i < versions.size(); ++i) {
    const rules::RuleVersion& from = versions[i];
    journal::v1::RuleVersion& to = *past.add_versions();
    to.set_version(from.version);
    to.set_rule_set(from.rule_set);
    to.set_hash(from.hash);
    if (from.compiled != nullptr && i >= without_text) {
      to.set_text(std::string(from.compiled->text()));
    }
    to.set_author(from.author);
    to.set_comment(from.comment);
    to.set_activated_ns(from.activated_at);
    to.set_sequence(from.sequence);
    to.set_restored_version(from.restored_version);
  }
}

journal::v1::CheckpointPast PastOf(const CheckpointContents& contents,
                                   const routing::StateHash& hash) {
  const routing::DomainView domain = contents.executor->router().Domain();
  journal::v1::CheckpointPast past;
  past.set_semantics(journal::kSemantics);
  past.set_domain(contents.domain);
  past.set_sequence(domain.sequence);
  past.set_time_ns(domain.time);
  past.set_state_hash_first(hash.high);
  past.set_state_hash_second(hash.low);
  PutVersions(contents.versions, past);
  past.set_last_file_text(contents.last_file_text);
  contents.executor->ForEachRemembered([&past](const runtime::Remembered& remembered) {
    journal::v1::RememberedCommand& to = *past.add_commands();
    to.set_command_id(std::string(remembered.command_id));
    to.set_session_id(std::string(remembered.session_id));
    to.set_number(remembered.number);
    to.set_outcome(static_cast<std::uint32_t>(remembered.receipt.result.outcome));
    to.set_field(std::string(remembered.receipt.result.field));
    to.set_sequence(remembered.receipt.sequence);
    to.set_time_ns(remembered.receipt.time);
  });
  return past;
}

absl::Status Damaged(const std::string& path, std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the checkpoint ", path, ": ", absl::string_view(what.data(), what.size())));
}

}  // namespace

absl::StatusOr<RuleSetPtr> CompileAgain(const std::string& text) {
  RuleSetPtr built_in = rules::DefaultRuleSet();
  if (text == built_in->text()) return built_in;
  rules::LoadResult loaded = rules::LoadRuleText(text, "rules in the journal");
  if (loaded.ok()) return std::move(loaded.rule_set);
  return absl::DataLossError(absl::StrCat("rules that this version does not accept any more:\n",
                                          rules::RenderFindings(loaded)));
}

// ---- Rules --------------------------------------------------------------------------------------

absl::StatusOr<RuleSetPtr> CompiledRules::Compile(const std::string& text) {
  const auto known = by_text_.find(text);
  if (known != by_text_.end()) return known->second;
  absl::StatusOr<RuleSetPtr> compiled = CompileAgain(text);
  if (compiled.ok()) by_text_.emplace(text, *compiled);
  return compiled;
}

RuleSetPtr CompiledRules::RuleSetOf(std::string_view hash, std::string_view text) {
  const absl::StatusOr<RuleSetPtr> compiled = Compile(std::string(text));
  return compiled.ok() && (*compiled)->hash() == hash ? *compiled : nullptr;
}

std::shared_ptr<const routing::Condition> CompiledRules::ConditionOf(
    std::string_view source, const routing::RuleSet& rule_set) {
  return rules::CompileCondition(source, rule_set).condition;
}

// ---- Reading ------------------------------------------------------------------------------------

absl::StatusOr<LoadedCheckpoint> ReadCheckpoint(const std::string& path, CompiledRules& rules) {
  const absl::StatusOr<std::string> whole = journal::ReadCheckpointFile(path);
  if (!whole.ok()) return whole.status();
  std::string_view bytes = *whole;
  if (bytes.substr(0, kName.size()) != kName) return Damaged(path, "it does not begin as one");
  bytes.remove_prefix(kName.size());
  if (bytes.size() < kLengthBytes + kDigestBytes) return Damaged(path, "it ends too early");
  const std::uint64_t length = WordAt(bytes, 0);
  bytes.remove_prefix(kLengthBytes);
  if (length > bytes.size() - kDigestBytes) return Damaged(path, "it ends too early");
  const std::string_view message = bytes.substr(0, length);
  bytes.remove_prefix(length);
  if (DigestOf(message) != bytes.substr(0, kDigestBytes)) {
    return Damaged(path, "its first part is not what was written");
  }
  bytes.remove_prefix(kDigestBytes);
  LoadedCheckpoint loaded;
  if (!loaded.past.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
    return Damaged(path, "its first part cannot be read");
  }
  routing::LoadedRouter state = routing::Router::Load(bytes, rules);
  if (state.router == nullptr) return Damaged(path, absl::StrCat("its state, ", state.error));
  if (state.router->Domain().sequence != loaded.past.sequence()) {
    return Damaged(path, "its two parts are not of one sequence");
  }
  loaded.router = std::move(state.router);
  return loaded;
}

absl::Status CheckCheckpoint(const std::string& path) {
  CompiledRules rules;
  const absl::StatusOr<LoadedCheckpoint> read = ReadCheckpoint(path, rules);
  if (!read.ok()) return read.status();
  const routing::StateHash hash = read->router->Hash();
  const bool same =
      hash.high == read->past.state_hash_first() && hash.low == read->past.state_hash_second();
  return same ? absl::OkStatus() : Damaged(path, "its state has another hash than was written");
}

void VisitRemembered(const journal::v1::CheckpointPast& past,
                     const runtime::RememberedVisitor& visit) {
  for (const journal::v1::RememberedCommand& command : past.commands()) {
    if (command.outcome() >= static_cast<std::uint32_t>(routing::kOutcomeCount)) continue;
    runtime::Remembered remembered;
    remembered.command_id = command.command_id();
    remembered.session_id = command.session_id();
    remembered.number = command.number();
    remembered.receipt.result = {static_cast<routing::Outcome>(command.outcome()),
                                 StaticField(command.field())};
    remembered.receipt.sequence = command.sequence();
    remembered.receipt.time = command.time_ns();
    visit(remembered);
  }
}

absl::StatusOr<std::vector<rules::RuleVersion>> VersionsOf(const journal::v1::CheckpointPast& past,
                                                           CompiledRules& rules) {
  std::vector<rules::RuleVersion> versions;
  for (const journal::v1::RuleVersion& from : past.versions()) {
    rules::RuleVersion version;
    version.version = from.version();
    version.rule_set = from.rule_set();
    version.hash = from.hash();
    version.author = from.author();
    version.comment = from.comment();
    version.activated_at = from.activated_ns();
    version.sequence = from.sequence();
    version.restored_version = from.restored_version();
    if (!from.text().empty()) {
      absl::StatusOr<RuleSetPtr> compiled = rules.Compile(from.text());
      if (!compiled.ok()) return compiled.status();
      version.compiled = *std::move(compiled);
    }
    versions.push_back(std::move(version));
  }
  const bool in_force = !versions.empty() && versions.back().compiled != nullptr;
  if (!in_force) return absl::DataLossError("a checkpoint without rules in force");
  return versions;
}

// ---- Writing ------------------------------------------------------------------------------------

absl::StatusOr<journal::CheckpointFile> WriteCheckpoint(const std::string& folder,
                                                        CheckpointContents contents) {
  const routing::Router& router = contents.executor->router();
  const std::uint64_t sequence = router.Domain().sequence;
  const routing::StateHash hash = router.Hash();
  auto writer = journal::CheckpointFileWriter::Create(folder, sequence);
  if (!writer.ok()) return writer.status();
  {
    std::string message;
    if (!PastOf(contents, hash).SerializeToString(&message)) {
      return absl::ResourceExhaustedError("more to remember than a checkpoint holds");
    }
    std::string length;
    PutWord(message.size(), length);
    writer->Write(kName);
    writer->Write(length);
    writer->Write(message);
    writer->Write(DigestOf(message));
  }
  router.Save([&writer](std::string_view piece) { writer->Write(piece); });
  if (absl::Status status = writer->Finish(); !status.ok()) return status;
  contents.executor.reset();  // two copies of the state at once would be one too many

  CompiledRules rules;
  const absl::StatusOr<LoadedCheckpoint> read = ReadCheckpoint(writer->path(), rules);
  if (!read.ok()) return read.status();
  if (read->router->Hash() != hash) {
    return Damaged(writer->path(), "read back it has another state hash");
  }
  journal::CheckpointFile file;
  file.sequence = sequence;
  file.bytes = writer->bytes();
  if (absl::Status status = writer->PutInForce(); !status.ok()) return status;
  file.path = journal::ListCheckpoints(folder).front().path;
  return file;
}

}  // namespace strowger::daemon
