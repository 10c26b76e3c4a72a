// Running the built programs.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace strowger {

struct Finished {
  int code = -1;
  std::string out;
  std::string err;

  std::string LastLine() const {
    std::string text = out;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text.substr(text.rfind('\n') + 1);
  }
};

// A folder of the test's own, gone with it.
class Workshop {
 public:
  Workshop() {
    std::string name = testing::TempDir() + "strowger-tool-XXXXXX";
    if (mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ~Workshop() {
    std::error_code error;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }

  // strowgerctl with these arguments, through a shell.
  Finished Ctl(const std::string& arguments) const {
    const std::string command = std::string(STROWGERCTL) + " " + arguments + " > " + Path("out") +
                                " 2> " + Path("err") + " < /dev/null";
    const int status = std::system(command.c_str());
    Finished finished;
    finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    finished.out = Read("out");
    finished.err = Read("err");
    return finished;
  }

 private:
  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(Path(name), std::ios::binary).rdbuf();
    return std::move(text).str();
  }

  std::string folder_;
};

}  // namespace strowger
