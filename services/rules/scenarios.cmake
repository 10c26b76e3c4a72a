# Scenario tests: files into scenarios, and scenarios against the core.
add_library(strowger_scenarios STATIC
  ${CMAKE_CURRENT_LIST_DIR}/scenario_action.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_agent.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_checks.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_classify.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_contact.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_coverage.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_diff.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_events.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_expect.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_reader.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_runner.cc
  ${CMAKE_CURRENT_LIST_DIR}/scenario_values.cc)
target_link_libraries(strowger_scenarios
  PUBLIC strowger_flags strowger_rules strowger_core
  PRIVATE absl::strings absl::str_format absl::time)
