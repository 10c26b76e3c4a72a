# Rule sets into force: versions of each domain, the watched file, the audit trail.
add_library(strowger_publisher STATIC
  ${CMAKE_CURRENT_LIST_DIR}/audit.cc
  ${CMAKE_CURRENT_LIST_DIR}/checker.cc
  ${CMAKE_CURRENT_LIST_DIR}/history.cc
  ${CMAKE_CURRENT_LIST_DIR}/publisher.cc
  ${CMAKE_CURRENT_LIST_DIR}/watcher.cc)
target_link_libraries(strowger_publisher
  PUBLIC strowger_flags strowger_rules strowger_runtime absl::status
  PRIVATE strowger_metrics strowger_scenarios absl::strings absl::time Threads::Threads)
